"""The agent host: owns the agents' processes, the terminals, the journals, the approvals and the queues.

It is a process of its own (`hatchpod-api agents`), so that the web server can end at any time without an agent
noticing. Only `protocol` and `client` are for the web server; nothing here knows HTTP.
"""
