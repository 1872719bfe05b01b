"""The domain: prompts, cases, scoring, the interviewer and the loop. No screen, network or file."""
