"""Case files changed where a person says so, and left byte for byte as they are elsewhere."""
