"""A pupil's photo: the one of now, the earlier ones, a new one, or none with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.names import acted_by, organisation_names
from xueji.duties.dossiers import taking
from xueji.ground.accounts import selectors as accounts
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos import selectors, services
from xueji.registry.photos.limits import in_words, limits_of
from xueji.registry.photos.models import Photo
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord


def _record(student: UUID) -> StudentRecord:
    found = register.student_record(student, decrypt=False)
    if found is None:
        raise Http404
    return found


def _may(actor: Actor, record: StudentRecord) -> bool:
    held = record.in_force
    return actor.role in services.MAY_KEEP and held is not None and held.school == actor.organisation


def show(request: HttpRequest, student: UUID) -> HttpResponse:
    """The page; POST: a picture of this pupil comes in, to be cropped and confirmed."""
    return _page(request, _record(student))


def _page(request: HttpRequest, record: StudentRecord, refused: Refused | None = None) -> HttpResponse:
    actor = actor_of(request)
    file = request.FILES.get("file")
    if request.method == "POST" and refused is None and request.resolver_match is not None:
        try:
            if request.POST.get("act") == "dossier":
                return _received(actor, record.student, "电子学籍档案里的照片.jpg", taking.photo_of(record.student))
            if file is None:
                raise Refused("photos.nothing", "没有选择照片。请选择一张 JPEG 或 PNG 照片。", "通知二.3")
            return _received(actor, record.student, file.name or "", file.read())
        except Refused as error:
            refused = error
    digest = selectors.digest_of(record)
    history = selectors.history(record.student)
    shown = shown_photos(history)
    current = next((one for one in history if one.digest == digest), None)
    may = _may(actor, record)
    context: dict[str, Any] = {
        "name": record.name,
        "pupil_url": reverse("web:pupil", args=[record.student]),
        "url": reverse("web:pupil-photo", args=[record.student]),
        "withdraw_url": reverse("web:pupil-photo-withdraw", args=[record.student]),
        "current": next((shown[one.id] for one in history if one.digest == digest), None),
        "seen": digest,
        "elsewhere": bool(digest) and current is None,
        "earlier": [shown[one.id] for one in history if one.digest != digest],
        "may": may,
        "brought": may and current is None and taking.brought_by(record.student) is not None,
        "rules": in_words(limits_of(parameters.rulebook(today())), one=True),
        "refused": refused,
        "help": help_for("pupil_photo"),
    }
    return render(request, "photos/pupil.html", context, status=409 if refused else 200)


def _received(actor: Actor, student: UUID, name: str, content: bytes) -> HttpResponse:
    """A picture of this pupil comes in; next it is cropped and confirmed. Raises ``Refused``."""
    made = services.upload(actor=actor, school=actor.organisation, files=[(name, content)], student=student)
    return redirect("web:photo-item", selectors.items(made)[0].id)


def shown_photos(photos: Iterable[Photo]) -> dict[UUID, dict[str, Any]]:
    """Each photo with who took it and when; the school's name where the person's stays at another node."""
    known = list(photos)
    names = accounts.names_of(one.taken_by for one in known)
    schools = organisation_names(one.school for one in known)
    return {one.id: _shown(one, names, schools) for one in known}


def _shown(one: Photo, names: dict[UUID, str], schools: dict[UUID, str]) -> dict[str, Any]:
    url = reverse("web:pupil-photo-file", args=[one.student])
    by = acted_by(names, one.taken_by, schools.get(one.school, ""))
    return {"on": one.taken_on, "by": by, "picture_url": f"{url}?photo={one.id}"}


def file(request: HttpRequest, student: UUID) -> HttpResponse:
    """The picture of now, or an earlier one (``photo``)."""
    history = selectors.history(student)
    wanted = request.GET.get("photo", "")
    if wanted:
        found = next((one for one in history if str(one.id) == wanted), None)
    else:
        digest = selectors.digest_of(_record(student))
        found = next((one for one in history if one.digest == digest), None)
    content = selectors.contents([found]).get(found.digest) if found else None
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})


@require_POST
def withdraw(request: HttpRequest, student: UUID) -> HttpResponse:
    """Take the photo out of the record, with the reason in the journal."""
    record = _record(student)
    try:
        services.withdraw(
            actor=actor_of(request),
            student=student,
            reason=request.POST.get("reason", ""),
            seen=request.POST.get("photo_seen"),
        )
    except Refused as refused:
        return _page(request, record, refused)
    messages.success(request, "照片已从档案中撤下，原因已记入学籍经过；原照片仍按规定保存。", extra_tags="done")
    return redirect("web:pupil-photo", student)
