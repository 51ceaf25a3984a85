"""台账."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.ledgers import exporting, listing, printing, summary

urlpatterns = [
    path("", listing.ledgers, name="ledgers"),
    path("summary/", summary.summary, name="ledger-summary"),
    path("export/", exporting.export, name="ledger-export"),
    path("export/<uuid:export>/", exporting.status, name="ledger-export-of"),
    path("export/<uuid:export>/file/", exporting.file, name="ledger-export-file"),
    path("<slug:ledger>/", listing.ledger, name="ledger"),
    path("<slug:ledger>/print/", printing.ledger, name="ledger-print"),
]
