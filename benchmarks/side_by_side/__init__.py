"""What the program costs, side by side with what it could cost and with programs of its kind."""
