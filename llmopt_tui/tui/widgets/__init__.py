"""Small widgets that stand alone: each draws one thing and knows nothing of sessions."""
