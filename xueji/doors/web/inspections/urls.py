"""定期审核, below 管理."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.inspections import board, finding, line, retention, rounds, show, summary

urlpatterns = [
    path("", board.index, name="inspections"),
    path("begin/", board.begin, name="inspection-begin"),
    path("rounds/new/", rounds.new, name="inspection-round-new"),
    path("rounds/<uuid:found>/", rounds.page, name="inspection-round"),
    path("retention/", retention.page, name="inspection-retention"),
    path("summary/", summary.page, name="inspection-summary"),
    path("summary/print/", summary.pdf, name="inspection-summary-print"),
    path("summary/file/", summary.file, name="inspection-summary-file"),
    path("<uuid:inspection>/", show.page, name="inspection"),
    path("<uuid:inspection>/school/", line.school, name="inspection-school"),
    path("line/<int:drawn>/", line.page, name="inspection-line"),
    path("findings/<uuid:found>/", finding.page, name="inspection-finding"),
]
