"""备案与制度."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.filings import board, regime

urlpatterns = [
    path("filings/", board.board, name="filings"),
    path("filings/<int:year>/<slug:kind>/<uuid:bureau>/", board.show, name="filing"),
    path("filings/<int:year>/<slug:kind>/<uuid:bureau>/print/", board.pdf, name="filing-print"),
    path("filings/<int:year>/<slug:kind>/<uuid:bureau>/file/", board.file, name="filing-file"),
    path("regime/", regime.page, name="regime"),
    path("regime/units/<uuid:organisation>/", regime.of_unit, name="regime-of"),
    path("regime/undertakings/", regime.pdf, name="undertakings-print"),
    path("regime/documents/<uuid:document>/", regime.document, name="regime-document"),
]
