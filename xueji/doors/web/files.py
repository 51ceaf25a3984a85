"""Files that go out: never kept by a cache, named in Chinese."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"


def attachment(name: str, content: bytes, media_type: str, *, inline: bool = False) -> HttpResponse:
    """A file to be saved, or with ``inline`` to be looked at in the browser."""
    how = "inline" if inline else "attachment"
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
        },
    )


def workbook(name: str, content: bytes) -> HttpResponse:
    """An .xlsx file."""
    return attachment(name if name.endswith(".xlsx") else f"{name}.xlsx", content, XLSX)
