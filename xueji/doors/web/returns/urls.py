"""上报."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.returns import board, bridge, comparing, one, opened, standing, statistics, workbook

urlpatterns = [
    path("", board.board, name="returns"),
    path("standing/", standing.index, name="standing"),
    path("standing/<uuid:organisation>/", standing.of_school, name="standing-of"),
    path("statistics/", statistics.page, name="statistics"),
    path("statistics/pupils/", statistics.pupils, name="statistics-pupils"),
    path("statistics/<slug:kind>/", statistics.file, name="statistics-file"),
    path("<slug:round_code>/", board.board, name="returns-round"),
    path("<slug:round_code>/<uuid:organisation>/", one.show, name="return"),
    path("<slug:round_code>/<uuid:organisation>/compare/", comparing.page, name="return-compare"),
    path("<slug:round_code>/<uuid:organisation>/workbook/", workbook.file, name="return-file"),
    path("<slug:round_code>/<uuid:organisation>/bridge/", bridge.page, name="return-bridge"),
    path("<slug:round_code>/<uuid:organisation>/pupils/", opened.pupils, name="return-pupils"),
    path("<slug:round_code>/<uuid:organisation>/changes/", opened.changes, name="return-changes"),
]
