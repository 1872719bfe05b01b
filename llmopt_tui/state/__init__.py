"""What there is to see of a run: pure state folded from events. No Textual."""
