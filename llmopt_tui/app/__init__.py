"""The application layer: what both front ends ask for."""
