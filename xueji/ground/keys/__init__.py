"""Keys: signing, envelope encryption, blind index (design §3 "Sensitive fields")."""
