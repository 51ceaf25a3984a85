"""How a snapshot lies on the disk: all that a reader of the files has to know. No Django here."""

from __future__ import annotations

from pathlib import Path

MANIFEST = "manifest.json"
NO_BUREAU = "none"


def bureau_folder(bureau: str | None) -> str:
    """The folder of the schools of a bureau."""
    return f"bureau={bureau or NO_BUREAU}"


def school_file(school: object) -> str:
    """The file of a school, in its bureau's folder."""
    return f"school={school}.parquet"


def paths_of(folder: Path) -> list[Path]:
    """The files of all schools, in order."""
    return sorted(folder.glob(f"{bureau_folder('*')}/{school_file('*')}"))
