"""Where better prompts come from, and what the ones who suggest them are given and held to."""
