"""Run in a process of its own inside the demo city's home: asks for one school's things by every page, as other posts.

Prints one line of JSON: ``own`` (page → status as the school itself), ``foreign`` (post, page, status, leaked) for
every post that has no business there. Used by ``test_demo_city``.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID

from xueji.config.startup import start

start()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from tests.access_walk import addresses
from xueji.doors.web.actors import POST_KEY
from xueji.duties.certificates.models import Certificate, Order
from xueji.ground.accounts.context import acting_system, permit_system
from xueji.ground.accounts.models import Account
from xueji.ground.accounts.selectors import holder
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.applications.models import Application, Evidence, SuspectedDuplicate
from xueji.registry.intake.models import Upload
from xueji.registry.register.models import Registration, Student

SCHOOL = sys.argv[1]
#: Organisations are open to all; a round has no thing in its address, everyone sees the own board.
OPEN = ("web:organisation", "web:returns-round")


def signed_in(actor: Actor) -> Client:
    with acting_system():
        account = Account.objects.get(pk=actor.person)
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    session = client.session
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "xueji.ground.accounts.backends.AccountBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[POST_KEY] = [str(actor.post), str(actor.organisation)]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def things(school: UUID) -> tuple[dict[str, str], list[str]]:
    """One thing of the school for each kind of address, and names that nobody else may read."""
    registration = Registration.objects.filter(school=school, ended_on__isnull=True, holder=school).earliest("id")
    student = Student.objects.get(pk=registration.student_id)
    roster = Application.objects.filter(school=school, kind="opening").earliest("id")
    upload = Upload.objects.filter(school=school).defer("raw").earliest("id")
    values = {
        "student": str(student.id),
        "application": str(roster.id),
        "upload": str(upload.id),
        "organisation": str(school),
        "row": "2",
        "field": "name",
        "round_code": "2008",
    }
    paper = Certificate.objects.filter(school=school).first()
    if paper is not None:
        values["certificate"] = str(paper.id)
    order = Order.objects.filter(school=school).first()
    if order is not None:
        values["order"] = str(order.id)
    bureau = organisations.competent_bureau(school)
    for evidence in Evidence.objects.filter(application__school=school).select_related("application"):
        # The other side of a transfer has business there: only one inside the own bureau is nobody else's.
        if organisations.competent_bureau(evidence.application.other_school or school) != bureau:
            continue
        values |= {"document": str(evidence.document), "application": str(evidence.application_id)}
    duplicate = SuspectedDuplicate.objects.filter(application__school=school).first()
    if duplicate is not None:
        values["duplicate"] = str(duplicate.id)
    return values, [student.name, registration.number]


def pages(values: dict[str, str]) -> dict[str, str]:
    """Address of each page that asks for one thing, filled in; pages about organisations are open to all."""
    found = {}
    for name, route in addresses().items():
        names = [part.partition(">")[0].rpartition(":")[2] for part in route.split("<")[1:]]
        if not names or name.startswith("api-") or name in OPEN or not set(names) <= set(values):
            continue
        path = route
        for part in names:
            kind = next(k for k in ("uuid", "int", "slug", "str") if f"<{k}:{part}>" in path)
            path = path.replace(f"<{kind}:{part}>", values[part])
        found[name] = "/" + path
    return found


def main() -> dict[str, Any]:
    permit_system()
    with acting_system():
        school = organisations.by_code(SCHOOL)
        bureau = organisations.competent_bureau(school.id)
        others = [one for one in organisations.schools() if organisations.competent_bureau(one.id) != bureau]
        strangers = [holder(others[0].id, Role.REGISTRAR), holder(others[-1].id, Role.DEPUTY_HEAD)]
        strangers += [
            holder(one.id, role)
            for one in organisations.districts()
            if one.id != bureau
            for role in (Role.CLERK, Role.HEAD)
        ][:4]
        city = organisations.city().id
        strangers += [
            holder(city, role) for role in (Role.RESEARCH, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN)
        ]
        own = [holder(school.id, Role.REGISTRAR)]
        values, secrets = things(school.id)
    asked = pages(values)
    result: dict[str, Any] = {"asked": sorted(asked), "own": {}, "foreign": []}
    for actor in own:
        assert actor is not None
        client = signed_in(actor)
        for name, path in asked.items():
            result["own"][name] = client.get(path).status_code
    for actor in strangers:
        assert actor is not None
        client = signed_in(actor)
        for name, path in asked.items():
            for answer in (client.get(path), client.post(path, {})):
                body = answer.getvalue()
                leaked = [secret for secret in secrets if secret.encode() in body]
                result["foreign"].append([f"{actor.role} {actor.organisation}", name, answer.status_code, leaked])
    return result


print(json.dumps(main(), ensure_ascii=False))  # noqa: T201
