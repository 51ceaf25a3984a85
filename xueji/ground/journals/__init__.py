"""Journals: what happened, an organisation at a time, append-only (design §3 "Journals", "Digests")."""
