"""Tells people what their agents need or did: by browsers, Apprise services and webhooks."""
