"""Small independent widgets: each draws one thing and knows nothing of sessions."""
