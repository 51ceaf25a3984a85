"""报到注册."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.rollcall import absent, board, classes, ghosts, line, papers, roll, separated

urlpatterns = [
    path("", board.index, name="rollcall"),
    path("open/", board.begin, name="rollcall-open"),
    path("ghosts/", ghosts.listing, name="rollcall-ghosts"),
    path("<uuid:roll>/", roll.show, name="rollcall-roll"),
    path("<uuid:roll>/act/", roll.act, name="rollcall-act"),
    path("<uuid:roll>/class/", classes.show, name="rollcall-class"),
    path("<uuid:roll>/absent/", absent.listing, name="rollcall-absent"),
    path("<uuid:roll>/separated/", separated.listing, name="rollcall-separated"),
    path("<uuid:roll>/paper/", papers.paper, name="rollcall-paper"),
    path("<uuid:roll>/workbook/", papers.workbook_out, name="rollcall-workbook"),
    path("<uuid:roll>/upload/", papers.workbook_in, name="rollcall-upload"),
    path("line/<int:line>/", line.show, name="rollcall-line"),
]
