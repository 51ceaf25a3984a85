"""学籍."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.pupils import cohorts, exporting, listing, pupil

urlpatterns = [
    path("pupils/", listing.pupils, name="pupils"),
    path("pupils/total/", listing.total, name="pupils-total"),
    path("pupils/export/", exporting.export, name="pupils-export"),
    path("pupils/export/<uuid:export>/", exporting.status, name="pupils-export-of"),
    path("pupils/export/<uuid:export>/file/", exporting.file, name="pupils-export-file"),
    path("search/", listing.search, name="search"),
    path("pupils/promotion/", cohorts.promotion, name="promotion"),
    path("pupils/leaving/", cohorts.leaving, name="leaving"),
    path("pupils/<uuid:student>/", pupil.show, name="pupil"),
    path("pupils/<uuid:student>/reveal/", pupil.reveal, name="pupil-reveal"),
]
