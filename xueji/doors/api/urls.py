"""The addresses of the API, below ``/api/``."""

from __future__ import annotations

from django.urls import path

from xueji.doors.api.endpoints import api

urlpatterns = [path("", api.urls)]
