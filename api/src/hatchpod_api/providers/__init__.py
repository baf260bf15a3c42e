"""What can run a session: Claude Code, and a scripted stand-in for tests and demos."""
