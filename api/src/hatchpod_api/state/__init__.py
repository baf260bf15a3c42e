"""What the web server remembers: logins, device tokens, settings, webhooks, push subscriptions, the audit log."""
