"""The register: state tables folded from the journals (docs/architecture.md "Register")."""

import os

# Names are read character by character (``pinyin``): the phrase tables of pypinyin would cost 45 MB a process.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
