"""Documents: evidence files and photos, stored encrypted under their digest (docs/architecture.md)."""
