"""The app: panes that draw a session, and the wiring that lets a person steer it."""
