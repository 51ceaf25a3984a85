"""The kinds whose form is not made from ``asks`` alone: a page of its own, at the same address as all the others."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from xueji.doors.web.changes import correcting, identity_pages, outside
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Actor

Page = Callable[[HttpRequest, Actor, ChangeKind, UUID], HttpResponse]

#: Pages about one pupil, by kind.
OF_PUPIL: dict[str, Page] = {
    "key_correction": correcting.key_data,
    "correction": correcting.other_data,
    "merge": identity_pages.merge,
    "merge_undo": identity_pages.merge_undo,
    "guest_outside_extension": outside.about_listed,
    "guest_outside_end": outside.about_listed,
}
#: Pages of kinds that do not begin with one pupil.
STARTS: dict[str, Callable[[HttpRequest, Actor, ChangeKind], HttpResponse]] = {
    "class_number_correction": identity_pages.class_numbers,
    "guest_outside_begin": outside.new_child,
    "deferred_entry": outside.new_child,
    "guest_outside_extension": outside.choose,
    "guest_outside_end": outside.choose,
}
