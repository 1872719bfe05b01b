"""`python -m llmopt_tui` is the program too."""

import sys

from llmopt_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
