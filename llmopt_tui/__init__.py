"""llmopt-tui: the best local model for a task, and the prompt that makes it so."""

from llmopt_tui.core.version import __version__ as __version__
