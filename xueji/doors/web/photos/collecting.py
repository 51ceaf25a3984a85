"""照片采集: which classes lack photos, many at once from a folder or archive, the preview before any is taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.photos import selectors, services
from xueji.registry.photos.limits import in_words, limits_of
from xueji.registry.photos.matching import Pupil
from xueji.registry.photos.models import ItemState, Upload
from xueji.registry.photos.selectors import ItemView

#: In which order the preview shows what became of the pictures, what wants a hand first.
ORDER = (
    ItemState.WAITING,
    ItemState.PREPARED,
    ItemState.CROP,
    ItemState.TWIN,
    ItemState.DOUBLE,
    ItemState.AMBIGUOUS,
    ItemState.UNMATCHED,
    ItemState.FAULTY,
    ItemState.READY,
    ItemState.TAKEN,
    ItemState.LEFT_OUT,
)
COLOURS: Mapping[str, str] = {
    ItemState.READY: "done",
    ItemState.TAKEN: "done",
    ItemState.LEFT_OUT: "open",
    ItemState.FAULTY: "wrong",
    ItemState.UNMATCHED: "wrong",
    ItemState.TWIN: "wrong",
}
_STALLED = timedelta(minutes=2)
_SHOWN = 60  # pictures of one kind on the page; the others come when these are done
MISSING = 200


def school_actor(request: HttpRequest) -> Actor:
    """The post, 404 for one that is no school's."""
    actor = required_session(request).actor
    if actor.level is not Level.SCHOOL:
        raise Http404
    return actor


def photos(request: HttpRequest) -> HttpResponse:
    """The page of the place; POST: pictures come in."""
    actor = school_actor(request)
    refused: Refused | None = None
    if request.method == "POST":
        files = [(one.name or "", one.read()) for one in request.FILES.getlist("files")]
        try:
            made = services.upload(actor=actor, school=actor.organisation, files=files)
            services.defer_reading(actor=actor, upload=made)
            return redirect("web:photos-upload", made)
        except Refused as error:
            refused = error
    here = selectors.pupils_with_digest(actor.organisation)
    classes = class_names(one.class_group for one, _ in here)
    context: dict[str, Any] = {
        "sub": f"{required_session(request).organisation_name}，在籍 {len(here):,} 人，"
        f"有照片 {sum(bool(digest) for _, digest in here):,} 人",
        "may": actor.role in services.MAY_KEEP,
        "rules": in_words(limits_of(parameters.rulebook(today()))),
        "rows": _by_class(here, classes),
        "missing": [
            {
                "name": one.name,
                "class_name": classes.get(one.class_group, "") if one.class_group else "",
                "number": one.number,
                "url": reverse("web:pupil-photo", args=[one.student]),
            }
            for one, digest in sorted(here, key=lambda pair: pair[0].number)
            if not digest
        ][:MISSING],
        "uploads": [
            {
                "url": reverse("web:photos-upload", args=[one.id]),
                "at": one.uploaded_at,
                "counts": _counted(selectors.counts(one.id)),
            }
            for one in selectors.uploads(actor.organisation)[:20]
        ],
        "refused": refused,
        "help": help_for("photos"),
    }
    return render(request, "photos/photos.html", context, status=409 if refused else 200)


def _by_class(here: list[tuple[Pupil, str]], classes: Mapping[UUID, str]) -> list[dict[str, Any]]:
    found: dict[str, list[int]] = {}
    for one, digest in sorted(here, key=lambda pair: pair[0].number):
        line = found.setdefault(classes.get(one.class_group, "") if one.class_group else "", [0, 0])
        line[0] += 1
        line[1] += bool(digest)
    return [
        {"name": name or "未编班", "pupils": pupils, "with_photo": held, "without": pupils - held}
        for name, (pupils, held) in found.items()
    ]


def _counted(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(colour, words, how many) of each state that there is."""
    return [(COLOURS.get(state, "soon"), str(state.label), counts[state]) for state in ORDER if counts.get(state)]


def upload(request: HttpRequest, pictures: UUID) -> HttpResponse:
    """What became of each picture, while they are read how far it is; POST: all that are ready go into the records,
    with ``act`` ``go_on`` reading that was broken off goes on."""
    actor = school_actor(request)
    found = selectors.upload(pictures)
    if found is None or found.school != actor.organisation:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "go_on" and found.taking_since is None:
                services.go_on_reading(actor=actor, upload=pictures)
            else:
                services.defer_taking(actor=actor, upload=pictures)
            return redirect("web:photos-upload", pictures)
        except Refused as error:
            refused = error
    counts = selectors.counts(pictures)
    if sum(counts.get(state, 0) for state in selectors.UNREAD):
        return _under_way(request, found, sum(counts.values()), counts.get(ItemState.WAITING, 0))
    if found.taking_since is not None and refused is None:
        limits = limits_of(parameters.rulebook(today()))
        uncut = selectors.uncut_of(pictures, limits).count()
        return _under_way(request, found, counts.get(ItemState.READY, 0), uncut)
    if "poll" in request.GET:
        return HttpResponse(headers={"HX-Refresh": "true"})
    items = selectors.items(pictures)
    people = {one.student: one for one in selectors.pupils(actor.organisation)}
    classes = class_names(one.class_group for one in people.values())
    ready = counts.get(ItemState.READY, 0)
    context: dict[str, Any] = {
        "counts": _counted(counts),
        "total": len(items),
        "at": found.uploaded_at,
        "ready": ready,
        "may": actor.role in services.MAY_KEEP,
        "groups": [
            {
                "title": str(state.label),
                "colour": COLOURS.get(state, "soon"),
                "count": counts[state],
                "open": state != ItemState.TAKEN,
                "items": [
                    shown(one, people, classes) for one in [each for each in items if each.state == state][:_SHOWN]
                ],
            }
            for state in ORDER
            if counts.get(state)
        ],
        "most": _SHOWN,
        "refused": refused,
        "help": help_for("photos_upload"),
    }
    return render(request, "photos/upload.html", context, status=409 if refused else 200)


def _under_way(request: HttpRequest, found: Upload, total: int, left: int) -> HttpResponse:
    """How far the job is that reads the pictures, or takes them; the page asks again by itself."""
    context = {
        "at": found.uploaded_at,
        "url": reverse("web:photos-upload", args=[found.id]),
        "taking": found.taking_since is not None,
        "total": total,
        "done": total - left,
        "stalled": environment().now() - (found.changed_at or found.uploaded_at) > _STALLED,
        "may": required_session(request).actor.role in services.MAY_KEEP,
        "help": help_for("photos_upload"),
    }
    return render(request, "photos/reading.html", context)


def shown(one: ItemView, people: Mapping[UUID, Pupil], classes: Mapping[UUID, str]) -> dict[str, Any]:
    """A picture as the pages show it."""
    return {
        "id": one.id,
        "file": one.name,
        "why": one.why,
        "state": one.state,
        "open": one.open,
        "pupil": named(people.get(one.student), classes) if one.student else "",
        "url": reverse("web:photo-item", args=[one.id]),
        "picture_url": reverse("web:photo-picture", args=[one.id]) if one.has_picture else "",
    }


def named(one: Pupil | None, classes: Mapping[UUID, str]) -> str:
    """张小明 三（2）班 07020301: so that two of one name are told apart."""
    if one is None:
        return "（已离校）"
    parts = (one.name, classes.get(one.class_group, "") if one.class_group else "", one.student_number)
    return " ".join(part for part in parts if part)
