"""Text that everything handles: names, addresses, what is safe to show, what changed."""
