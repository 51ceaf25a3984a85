"""Who does what with a return, in which order, and what is refused (clause C5; clauses A2, A3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import (
    BAIXIA,
    CITY,
    JUNIOR,
    PRIMARY,
    QINHUAI,
)
from xueji.duties.returns import selectors, services
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import (
    ROUND,
    accept,
    by,
    certify,
    make,
    refused,
    send_back,
    send_up,
    submit,
)
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.append import heads_of
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def test_a_return_is_made_certified_submitted_and_accepted_in_this_order(school: Lives) -> None:
    city = school.city
    assert refused(lambda: certify(city)).code == "return.order"
    assert refused(lambda: submit(city)).code == "return.order"
    assert refused(lambda: accept(city)).code == "return.not_submitted"
    assert make(city).state == "made"
    assert refused(lambda: submit(city)).code == "return.order"
    assert certify(city).state == "certified"
    assert refused(lambda: make(city)).code == "return.certified"
    assert refused(lambda: accept(city)).code == "return.not_submitted"
    assert submit(city).state == "submitted"
    assert refused(lambda: submit(city)).code == "return.order"
    assert accept(city).state == "accepted"
    assert refused(lambda: accept(city)).code == "return.not_submitted"


def test_whoever_made_the_figures_does_not_vouch_for_them(school: Lives) -> None:
    city = school.city
    by(city.deputy_head(), services.make, PRIMARY, city)
    assert refused(lambda: certify(city)).code == "return.four_eyes"
    make(city)
    assert certify(city).state == "certified"


def test_four_eyes_are_held_by_the_database_too(school: Lives) -> None:
    made = make(school.city)
    with acting(school.city.deputy_head()), pytest.raises(IntegrityError, match="returns_four_eyes"):
        Return.objects.filter(id=made.id).update(certified_by=made.made_by, state="certified")


def test_only_the_organisations_own_posts_make_certify_and_submit(school: Lives) -> None:
    city = school.city
    for actor in (city.registrar(JUNIOR), city.proofreader(), city.clerk(), city.head(CITY)):
        assert refused(partial(by, actor, services.make, PRIMARY, city)).code == "return.not_yours"
    make(city)
    for actor in (city.registrar(), city.head()):
        assert refused(partial(by, actor, services.certify, PRIMARY, city)).code == "return.not_yours"


def test_only_the_competent_bureaus_head_accepts(school: Lives) -> None:
    city = school.city
    send_up(city)
    for actor in (city.clerk(), city.head(BAIXIA), city.head(CITY), city.deputy_head()):
        assert refused(partial(by, actor, services.accept, PRIMARY, city)).code == "return.not_reviewer"
    assert by(city.head(), services.accept, PRIMARY, city).state == "accepted"


def test_posts_that_only_look_and_untrained_registrars_do_nothing(school: Lives) -> None:
    city = school.city
    research = city.actor(CITY, Role.RESEARCH)
    assert refused(lambda: by(research, services.make, PRIMARY, city)).code == "accounts.read_only"
    untrained = replace(city.registrar(), trained=False)
    assert refused(lambda: by(untrained, services.make, PRIMARY, city)).code == "accounts.untrained"


def test_a_round_that_the_rulebook_does_not_know_is_refused(school: Lives) -> None:
    with acting(school.city.registrar()) as actor, pytest.raises(Refused, match="没有上报批次“1999”"):
        services.make(actor=actor, round_code="1999", organisation=school.city.id(PRIMARY))


def test_validate_tells_what_a_making_would_say_and_writes_nothing(school: Lives) -> None:
    city = school.city
    with acting(city.registrar()) as actor:
        found = services.validate(actor=actor, round_code=ROUND, organisation=city.id(PRIMARY))
    assert Return.objects.count() == 0
    assert found.digest == make(city).digest
    assert found.sum("registered") == 3


def test_work_goes_on_and_what_was_certified_does_not_move(school: Lives) -> None:
    city = school.city
    certified = send_up(city)
    school.open()
    with acting(city.registrar()):
        after = selectors.current(ROUND, city.id(PRIMARY))
    assert after is not None
    assert (after.digest, after.registered) == (certified.digest, 3)
    with acting(city.registrar()):
        with pytest.raises(IntegrityError, match="never move"), transaction.atomic():
            Return.objects.filter(id=certified.id).update(registered=4)
        with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
            Return.objects.filter(id=certified.id).delete()
        with pytest.raises(IntegrityError, match="does not go from"), transaction.atomic():
            Return.objects.filter(id=certified.id).update(state="made")


def test_figures_that_have_changed_since_they_were_made_are_made_again_before_they_are_certified(
    school: Lives,
) -> None:
    city = school.city
    make(city)
    school.open()
    refusal = refused(lambda: certify(city))
    assert refusal.code == "return.moved_on"
    assert "重新生成" in refusal.message
    assert make(city).registered == 4
    assert certify(city).registered == 4


def test_entries_that_change_nothing_said_move_the_cut_on_silently(school: Lives) -> None:
    city = school.city
    child = school.open()
    made = make(city)
    school.change(child, "correction", date(2008, 9, 16), SetFields({"only_child": True}))
    certified = certify(city)
    assert certified.digest == made.digest
    assert certified.sequence == made.sequence + 1
    assert certified.cut != made.cut


def test_the_head_of_the_own_journal_stands_in_the_return_and_in_the_entry_of_its_certification(
    school: Lives,
) -> None:
    city = school.city
    make(city)
    (head,) = heads_of([city.id(PRIMARY)])
    made = certify(city)
    assert (made.sequence, made.block_no, made.block_digest) == (head.sequence, head.block_no, head.digest.hex())
    with acting_system():
        (entry,) = journals.entries_of_organisation(city.id(PRIMARY), kinds=["return_certified"])
    assert entry.sequence == head.sequence + 1
    assert entry.basis["head"] == {
        "sequence": head.sequence,
        "block_no": head.block_no,
        "digest": head.digest.hex(),
    }
    assert (entry.basis["digest"], entry.basis["cut"]) == (made.digest, made.cut)


def test_every_act_is_an_entry_of_the_schools_journal(school: Lives) -> None:
    city = school.city
    send_up(city)
    send_back(city)
    send_up(city)
    accept(city)
    with acting_system():
        kinds = [one.kind for one in journals.entries_of_organisation(city.id(PRIMARY)) if "return" in one.kind]
    assert kinds == [
        "return_certified", "return_submitted", "return_sent_back",
        "return_certified", "return_submitted", "return_accepted",
    ]  # fmt: skip


def test_sent_back_with_reasons_a_new_version_stands_beside_the_old_one(school: Lives) -> None:
    city = school.city
    send_up(city)
    assert refused(lambda: send_back(city, reason=" ")).code == "return.reason"
    send_back(city, reason="请核实转入未报到学生的去向")
    school.open()
    assert make(city).version == 2
    make(city)
    certify(city)
    with acting(city.registrar()):
        versions = selectors.versions(ROUND, city.id(PRIMARY))
    assert [(one.version, one.state, one.registered) for one in versions] == [(2, "certified", 4), (1, "sent_back", 3)]
    assert versions[1].reason == "请核实转入未报到学生的去向"
    assert versions[1].snapshot is not None


def test_what_was_accepted_is_opened_again_by_request_examination_and_the_head_s_decision(school: Lives) -> None:
    city = school.city
    send_up(city)
    accept(city)
    said: dict[str, Any] = {"round_code": ROUND, "organisation": city.id(PRIMARY)}

    def clerk_opens() -> None:
        with acting(city.clerk()) as actor:
            services.send_back(actor=actor, reason="数字不对", **said)

    def head_opens() -> Return:
        with acting(city.head()) as actor:
            return services.send_back(actor=actor, reason="请补计一名学生", **said)

    assert refused(clerk_opens).code == "return.not_reviewer"
    assert refused(head_opens).code == "return.no_reopening"
    with acting(city.registrar()) as actor:
        services.ask_reopening(actor=actor, reason="漏计 9 月 10 日转入的学生", **said)
        assert refused(lambda: services.ask_reopening(actor=actor, reason="再申请一次", **said)).code == (
            "return.reopening_open"
        )
    assert refused(head_opens).code == "return.reopening_unexamined"
    with acting(city.clerk()) as actor:
        services.examine_reopening(actor=actor, opinion="与学籍簿核对属实", **said)
        assert selectors.reopenings_waiting(city.id(QINHUAI), examined=True) == {ROUND: [city.id(PRIMARY)]}
    with acting(city.head()) as actor:
        services.refuse_reopening(actor=actor, reason="已过集中上报时间", **said)
    assert refused(head_opens).code == "return.no_reopening"
    send_back(city, reason="请补计一名学生")
    with acting(city.registrar()):
        outcomes = [one.outcome for one in selectors.reopenings_of(ROUND, city.id(PRIMARY))]
    assert sorted(outcomes) == ["agreed", "refused"]
    assert make(city).version == 2
