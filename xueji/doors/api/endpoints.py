"""The API of the intake: the same services as the pages and the commands, no decision of its own.

The school is the one that the post acts for; every answer is made inside the post's context.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, NinjaAPI, Router, Status
from ninja.errors import AuthenticationError, ValidationError
from ninja.files import UploadedFile

from xueji.doors.api.auth import TOKEN_SECONDS, PageSession, PostToken, actor_of, token_for
from xueji.doors.api.certificates import certificates
from xueji.doors.api.exchange import exchange
from xueji.doors.api.schemas import (
    CheckOut,
    Kind,
    LodgeOut,
    RefusalOut,
    StudentIn,
    TokenIn,
    TokenOut,
    UploadOut,
)
from xueji.ground.accounts.context import acting, identified
from xueji.ground.accounts.models import Account
from xueji.ground.accounts.selectors import choices_of
from xueji.ground.accounts.services import note_use
from xueji.ground.accounts.services.second_factor import second_factor_required, verify_second_factor
from xueji.pure.kernel.types import Refused
from xueji.registry.intake import selectors, services
from xueji.registry.intake.types import UploadView

api = NinjaAPI(
    title="学籍",
    version="1",
    docs_url=None,  # the page would load scripts from outside
    openapi_url=None,
    auth=[PostToken(), PageSession()],
)
intake = Router()
students = Router()
api.add_router("/intake", intake)
api.add_router("/exchange", exchange)
api.add_router("/students", students)
api.add_router("/certificates", certificates)
_ANSWERS: dict[Any, Any] = {409: RefusalOut}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal is an answer, not a fault: 409 with its sentence."""
    body = {"code": refusal.code, "message": refusal.message, "basis": refusal.basis}
    return api.create_response(request, body, status=409)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Nobody, or nobody in a post."""
    body = {"code": "api.who", "message": "请先登录并选择岗位，或在请求中带上岗位令牌。", "basis": ""}
    return api.create_response(request, body, status=401)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request of the wrong shape; the values themselves are not repeated."""
    places = "、".join(".".join(str(part) for part in one["loc"][1:]) for one in error.errors)
    body = {"code": "api.malformed", "message": f"请求的内容不完整或写法不对：{places}。", "basis": ""}
    return api.create_response(request, body, status=422)


@api.post("/token", auth=None, response={200: TokenOut, 401: RefusalOut, **_ANSWERS})
def token(request: HttpRequest, given: TokenIn) -> Any:
    """A token of a post for a program. Wrong passwords count towards the lock-out as on the page."""
    wrong = Status(401, {"code": "api.log_in", "message": "登录名、密码或岗位不对，或已暂时锁定。", "basis": ""})
    if not AxesProxyHandler.is_allowed(request, {"username": given.login}):
        return wrong
    account = authenticate(request, username=given.login, password=given.password)
    if not isinstance(account, Account) or account.must_change_password:
        return wrong
    with identified(account.pk):
        code = given.one_time_code
        if second_factor_required() and verify_second_factor(account=account.pk, token=code) is None:
            return wrong
        choices = choices_of(account.pk)
    for choice in choices:
        if choice.actor.role == given.role and choice.organisation_code == given.organisation:
            note_use(account.pk)
            return {"token": token_for(account, choice.actor), "seconds": TOKEN_SECONDS}
    return wrong


@intake.get("/template", response={200: None, **_ANSWERS})
def template(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The workbook for the school to fill."""
    actor = actor_of(request)
    with acting(actor):
        _, data = selectors.template(actor.organisation, kind)
    return HttpResponse(
        data, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{kind}.xlsx"'}
    )


@intake.post("/check", response={200: CheckOut, **_ANSWERS})
def check(request: HttpRequest, file: File[UploadedFile], kind: Form[Kind]) -> Any:
    """All findings of a roster; nothing is kept of it."""
    actor = actor_of(request)
    with acting(actor):
        result = services.look_at(actor=actor, school=actor.organisation, kind=kind, data=file.read())
        return result.as_json()


@intake.post("/lodge", response={200: LodgeOut, **_ANSWERS})
def lodge(request: HttpRequest, file: File[UploadedFile], kind: Form[Kind]) -> Any:
    """Lodge a roster; any error refuses the whole (state refused), the same file gives the same application."""
    actor = actor_of(request)
    with acting(actor):
        outcome = services.lodge_workbook(
            actor=actor, school=actor.organisation, kind=kind, data=file.read(), file_name=file.name or ""
        )
        return outcome.as_json()


@intake.post("/uploads", response={202: UploadOut, **_ANSWERS})
def begin_upload(request: HttpRequest, file: File[UploadedFile], kind: Form[Kind]) -> Any:
    """Keep a roster and have it checked in the background."""
    actor = actor_of(request)
    with acting(actor):
        view = services.upload(
            actor=actor, school=actor.organisation, kind=kind, data=file.read(), file_name=file.name or ""
        )
        if not view.already_uploaded:
            services.defer_check(actor=actor, upload=view.id)
        return Status(202, _shown(view))


@intake.get("/uploads/{uuid:upload}", response={200: UploadOut, **_ANSWERS})
def progress(request: HttpRequest, upload: UUID) -> Any:
    """How far the check has come."""
    with acting(actor_of(request)):
        return _shown(selectors.one(upload))


@intake.get("/uploads/{uuid:upload}/findings", response={200: CheckOut, **_ANSWERS})
def findings(request: HttpRequest, upload: UUID) -> Any:
    """The findings of a checked roster."""
    with acting(actor_of(request)):
        return selectors.result_of(upload).as_json()


@students.post("/check", response={200: CheckOut, **_ANSWERS})
def check_student(request: HttpRequest, student: StudentIn) -> Any:
    """What the rules say of one pupil's values; nothing is written."""
    actor = actor_of(request)
    with acting(actor):
        result = services.check_pupil(actor=actor, school=actor.organisation, kind=student.kind, values=student.values)
        return result.as_json()


@students.post("", response={200: LodgeOut, **_ANSWERS})
def lodge_student(request: HttpRequest, student: StudentIn) -> Any:
    """Lodge an application of one pupil."""
    actor = actor_of(request)
    with acting(actor):
        outcome = services.lodge_pupil(actor=actor, school=actor.organisation, kind=student.kind, values=student.values)
        return outcome.as_json()


def _shown(view: UploadView) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "state": view.state,
        "progress": view.progress,
        "rows": view.rows,
        "clean": view.clean,
        "errors": view.errors,
        "queries": view.queries,
        "notes": view.notes,
        "answer": view.answer,
        "application": str(view.application) if view.application else None,
    }
