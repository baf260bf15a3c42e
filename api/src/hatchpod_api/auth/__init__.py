"""Who may come in: the password, browsers' logins, device tokens, and the limit on wrong guesses."""
