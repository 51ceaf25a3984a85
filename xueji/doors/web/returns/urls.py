"""上报."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.returns import board, one, opened

urlpatterns = [
    path("", board.board, name="returns"),
    path("<slug:round_code>/", board.board, name="returns-round"),
    path("<slug:round_code>/<uuid:organisation>/", one.show, name="return"),
    path("<slug:round_code>/<uuid:organisation>/pupils/", opened.pupils, name="return-pupils"),
]
