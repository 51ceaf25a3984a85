"""维护与问题."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.maintenance import health, problems

urlpatterns = [
    path("maintenance/", health.page, name="maintenance"),
    path("problems/", problems.listing, name="problems"),
    path("problems/<uuid:problem>/", problems.show, name="problem"),
]
