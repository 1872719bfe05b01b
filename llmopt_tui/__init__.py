"""llmopt-tui: the best local model for a task, and the prompt that makes it so."""

__version__ = "0.1.0"
