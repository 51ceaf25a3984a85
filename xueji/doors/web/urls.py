"""The addresses of the pages; each place has its own list."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.guide import views as guide

app_name = "web"
urlpatterns = [
    path("guide/", guide.show, name="guide"),
    path("guide/<slug:name>/", guide.show, name="guide-of"),
]
