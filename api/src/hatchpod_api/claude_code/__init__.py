"""Claude Code's own files and commands, where people change them: hooks, MCP servers, the login."""
