"""What people write, read strictly: settings, prompts and cases, each mistake named."""
