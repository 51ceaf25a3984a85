"""The typed schema of the rulebook's files: one module a file."""

from __future__ import annotations

from .base import Part
from .calendar import CalendarFile, HolidaysFile
from .certificates import CertificatesFile
from .changes import ChangesFile
from .codes import CodesFile
from .fields import FieldsFile
from .inspections import InspectionsFile
from .layer import LayerFile
from .ledgers import LedgersFile, RemindersFile
from .numbers import NumbersFile
from .record_items import RecordItemsFile
from .returns import ReturnsFile
from .staffing import StaffingFile
from .statistics import StatisticsFile
from .templates import TemplatesFile

#: Parts of a layer: file stem → schema. ``rulebook`` is the layer's own head.
PARTS: dict[str, type[Part]] = {
    "numbers": NumbersFile,
    "calendar": CalendarFile,
    "holidays": HolidaysFile,
    "fields": FieldsFile,
    "changes": ChangesFile,
    "certificates": CertificatesFile,
    "returns": ReturnsFile,
    "codes": CodesFile,
    "ledgers": LedgersFile,
    "reminders": RemindersFile,
    "statistics": StatisticsFile,
    "inspections": InspectionsFile,
    "staffing": StaffingFile,
    "record_items": RecordItemsFile,
    "templates": TemplatesFile,
}
#: Parts that no file holds: a bureau decides them on a page, and loading the files leaves them as they are.
PAGE_PARTS = ("templates",)

__all__ = ["PAGE_PARTS", "PARTS", "LayerFile", "Part"]
