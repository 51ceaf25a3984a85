"""The invented city: generated schools and children, played through the same services as a user's work."""
