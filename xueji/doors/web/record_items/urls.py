"""档案项目."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.record_items import of_class, of_pupil

urlpatterns = [
    path("items/", of_class.page, name="record-items"),
    path("items/file/", of_class.file, name="record-items-file"),
    path("items/<uuid:sheet>/", of_class.preview, name="record-items-upload"),
    path("<uuid:student>/items/new/<str:kind>/", of_pupil.new, name="record-item-new"),
    path("<uuid:student>/items/<uuid:item>/", of_pupil.change, name="record-item"),
]
