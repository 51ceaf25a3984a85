"""One picture of an upload: whose it is, and cropped by hand to the rulebook's ratio."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, uuid_of
from xueji.doors.web.photos.collecting import named, school_actor, shown
from xueji.doors.web.photos.pupil import shown_photos
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos import selectors, services
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.models import ItemState
from xueji.registry.photos.selectors import ItemView
from xueji.registry.register import selectors as register

_OFFERED = 20


def _item(request: HttpRequest, item: UUID) -> tuple[Actor, ItemView]:
    actor = school_actor(request)
    found = selectors.item(item)
    above = selectors.upload(found.upload) if found else None
    if found is None or above is None or above.school != actor.organisation:
        raise Http404
    return actor, found


def picture(request: HttpRequest, item: UUID) -> HttpResponse:
    """The picture as it was made anew."""
    _item(request, item)
    content = selectors.picture(item)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})


def show(request: HttpRequest, item: UUID) -> HttpResponse:
    """GET: the picture with its frame; POST: ``crop``, ``take``, ``assign``, ``find``, ``twin`` or ``leave_out``."""
    actor, found = _item(request, item)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            answer = _act(request, actor, found)
            if answer is not None:
                return answer
        except Refused as error:
            refused = error
        found = selectors.item(item) or found
    limits = limits_of(parameters.rulebook(today()))
    people = {one.student: one for one in selectors.pupils(actor.organisation)}
    asked = " ".join(request.POST.get("q", "").split())[:64]
    offered = [people[one] for one in found.candidates if one in people]
    if asked:
        page = register.find_students(schools=[actor.organisation], query=asked, limit=_OFFERED)
        offered = [people[one.student] for one in page.pupils if one.student in people]
    classes = class_names(one.class_group for one in [*offered, *filter(None, [people.get(found.student or item)])])
    left, top, width, height = found.box or (0, 0, 0, 0)
    context: dict[str, Any] = {
        "item": shown(found, people, classes),
        "state_words": str(ItemState(found.state).label),
        "twin": found.state == ItemState.TWIN,
        "may_take": found.state in (ItemState.READY, ItemState.CROP),
        "ratio": {"width": limits.width, "height": limits.height, "least": limits.least_width},
        "picture": {"width": found.width, "height": found.height},
        "box": {"left": left, "top": top, "width": width, "height": height},
        "offered": [{"id": one.student, "words": named(one, classes)} for one in offered],
        "asked": asked,
        "upload_url": reverse("web:photos-upload", args=[found.upload]),
        "may": actor.role in services.MAY_KEEP,
        **_in_the_record(found.student),
        "refused": refused,
        "help": help_for("photo_item"),
    }
    return render(request, "photos/crop.html", context, status=409 if refused else 200)


def _in_the_record(student: UUID | None) -> dict[str, Any]:
    """The photo that stands in the pupil's record now: whoever takes another one has seen it."""
    record = register.student_record(student, decrypt=False) if student else None
    if record is None:
        return {"seen": "", "current": None}
    digest = selectors.digest_of(record)
    shown = shown_photos(one for one in selectors.history(record.student) if one.digest == digest)
    return {"seen": digest, "current": next(iter(shown.values()), None)}


def _act(request: HttpRequest, actor: Actor, found: ItemView) -> HttpResponse | None:
    """Do what was asked; None to show the page again. Raises ``Refused``."""
    act = request.POST.get("act", "")
    back = redirect("web:photos-upload", found.upload)
    if act in ("crop", "take"):
        services.crop(actor=actor, item=found.id, box=_box(request))
        if act == "crop":
            return back
        student = services.take_one(actor=actor, item=found.id, seen=request.POST.get("photo_seen"))
        messages.success(request, "照片已采用，写入学籍档案。", extra_tags="done")
        alone = len(selectors.items(found.upload)) == 1
        return redirect("web:pupil-photo", student) if alone else back
    if act == "assign":
        student_of = uuid_of(request.POST.get("student", ""))
        if student_of is None:
            raise Refused("photos.no_student", "请选定是哪名学生的照片。", "通知二.3")
        services.assign(actor=actor, item=found.id, student=student_of)
        return redirect("web:photo-item", found.id)
    if act == "twin":
        services.keep_twin(actor=actor, item=found.id)
        return redirect("web:photo-item", found.id)
    if act == "leave_out":
        services.leave_out(actor=actor, item=found.id)
        return back
    return None


def _box(request: HttpRequest) -> tuple[int, int, int, int]:
    """The frame that the page sent, in the picture's pixels."""
    try:
        values = [round(float(request.POST.get(name, ""))) for name in ("left", "top", "width", "height")]
    except (ValueError, OverflowError):
        raise Refused("photos.box", "裁剪框没有传到，请重新裁剪。", "通知二.3") from None
    left, top, width, height = values
    return left, top, width, height
