"""学籍."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.pupils import (
    bulk,
    completeness,
    division,
    dossier,
    exporting,
    leavers,
    leaving,
    listing,
    promotion,
    pupil,
)

urlpatterns = [
    path("pupils/", listing.pupils, name="pupils"),
    path("pupils/total/", listing.total, name="pupils-total"),
    path("pupils/export/", exporting.export, name="pupils-export"),
    path("pupils/export/<uuid:export>/", exporting.status, name="pupils-export-of"),
    path("pupils/export/<uuid:export>/file/", exporting.file, name="pupils-export-file"),
    path("search/", listing.search, name="search"),
    path("pupils/promotion/", promotion.promotion, name="promotion"),
    path("pupils/promotion/exceptions/", promotion.exceptions, name="promotion-exceptions"),
    path("pupils/completeness/", completeness.page, name="completeness"),
    path("pupils/completeness/file/", completeness.file, name="completeness-file"),
    path("pupils/leaving/", leaving.leaving, name="leaving"),
    path("pupils/leaving/<str:stage>/<int:year>/", leaving.the_list, name="leaving-list"),
    path("pupils/leaving/<str:stage>/<int:year>/file/", leaving.list_file, name="leaving-list-file"),
    path("pupils/leaving/<str:stage>/<int:year>/exceptions/", leaving.exceptions, name="leaving-exceptions"),
    path("pupils/division/", division.division, name="division"),
    path("pupils/division/file/", division.file, name="division-file"),
    path("pupils/leavers/", leavers.leavers, name="leavers"),
    path("pupils/leavers/file/", leavers.file, name="leavers-file"),
    path("pupils/leavers/undo/", leavers.undo, name="leavers-undo"),
    path("pupils/runs/<uuid:run>/", bulk.show, name="bulk-run"),
    path("pupils/runs/<uuid:run>/go-on/", bulk.go_on, name="bulk-run-go-on"),
    path("pupils/<uuid:student>/", pupil.show, name="pupil"),
    path("pupils/<uuid:student>/reveal/", pupil.reveal, name="pupil-reveal"),
    path("pupils/<uuid:student>/dossier/", dossier.dossier, name="pupil-dossier"),
]
