"""校历."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.calendar import views

urlpatterns = [
    path("", views.calendar, name="calendar"),
    path("<int:year>.ics", views.file, name="calendar-file"),
]
