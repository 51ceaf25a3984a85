"""Where addresses lead: pages and the API."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

# Doors are optional rooms: what is installed is reachable.
_DOORS = (("api/", "xueji.doors.api.urls"), ("", "xueji.doors.web.urls"))

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(module)) for prefix, module in _DOORS if find_spec(module) is not None
]

# Plain Chinese, no technical detail.
handler403 = "xueji.doors.web.errors.forbidden"
handler404 = "xueji.doors.web.errors.not_found"
handler500 = "xueji.doors.web.errors.broken"

handler403 = "xueji.doors.web.errors.forbidden"
handler404 = "xueji.doors.web.errors.not_found"
handler500 = "xueji.doors.web.errors.broken"
