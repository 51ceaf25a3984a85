"""照片采集."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.photos import collecting, item, pupil

urlpatterns = [
    path("photos/", collecting.photos, name="photos"),
    path("photos/<uuid:pictures>/", collecting.upload, name="photos-upload"),
    path("photos/item/<uuid:item>/", item.show, name="photo-item"),
    path("photos/item/<uuid:item>/picture/", item.picture, name="photo-picture"),
    path("<uuid:student>/photo/", pupil.show, name="pupil-photo"),
    path("<uuid:student>/photo/file/", pupil.file, name="pupil-photo-file"),
    path("<uuid:student>/photo/withdraw/", pupil.withdraw, name="pupil-photo-withdraw"),
]
