"""入学与建档."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.intake import cells, listing, one, upload

urlpatterns = [
    path("", listing.listing, name="intake"),
    path("template/<slug:kind>/", listing.template, name="intake-template"),
    path("upload/", listing.take, name="intake-upload"),
    path("one/", one.form, name="intake-one"),
    path("<uuid:upload>/", upload.show, name="intake-page"),
    path("<uuid:upload>/annotated/", upload.annotated, name="intake-annotated"),
    path("<uuid:upload>/proof/", upload.proof, name="intake-proof"),
    path("<uuid:upload>/lodge/", upload.lodge, name="intake-lodge"),
    path("<uuid:upload>/discard/", upload.discard, name="intake-discard"),
    path("<uuid:upload>/<int:row>/", cells.row, name="intake-row"),
    path("<uuid:upload>/<int:row>/<slug:field>/", cells.cell, name="intake-cell"),
]
