"""Who does what with a return, in which order, and what is refused (clause C5; clauses A2, A3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CENTRAL,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    JUNIOR,
    MIGRANT,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    VILLAGE,
    SmallCity,
)
from xueji.duties.returns import selectors, services
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import (
    ROUND,
    accept,
    certify,
    codes,
    decider,
    make,
    maker,
    on,
    promote,
    rows_of,
    send_back,
    send_up,
    submit,
)
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.append import heads_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
Act = Callable[..., Return]


@pytest.fixture
def school(lives: Lives, environment: SeededEnvironment) -> Lives:
    """秦淮's primary school with three pupils of cohort 2007, moved up; it is 16 September 2008."""
    for _ in range(3):
        lives.open()
    promote(lives.city, [PRIMARY], 2007)
    on(environment, 9, 16)
    return lives


def refused(act: Callable[[], object]) -> Refused:
    """The refusal of an act: it has a code, a Chinese sentence that ends, and a basis."""
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code.startswith(("return.", "accounts."))
    assert caught.value.message.endswith("。")
    assert caught.value.basis
    return caught.value


def by(actor: Actor, act: Act, code: str, city: SmallCity, **more: str) -> Return:
    with acting(actor):
        return act(actor=actor, round_code=ROUND, organisation=city.id(code), **more)


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


def _everyone(city: SmallCity, *, but: tuple[str, ...] = ()) -> None:
    """Every approved school's return is accepted."""
    for code, bureau in (
        (PRIMARY, QINHUAI), (JUNIOR, QINHUAI), (NINE_YEAR, QINHUAI), (BAIXIA_PRIMARY, BAIXIA), (CENTRAL, GAOCHUN),
        (VILLAGE, GAOCHUN), (CITY_SECONDARY, CITY),
    ):  # fmt: skip
        if code not in but:
            send_up(city, code)
            accept(city, code, bureau)


def test_a_bureau_waits_for_every_school_but_an_unapproved_migrant_school(school: Lives) -> None:
    city = school.city
    _everyone(city, but=(JUNIOR,))
    made = make(city, QINHUAI)
    assert rows_of(made, "return.school_missing") == [JUNIOR]
    refusal = refused(lambda: certify(city, QINHUAI))
    assert refusal.code == "return.errors"
    assert "1 个错误" in refusal.message
    send_up(city, JUNIOR)
    accept(city, JUNIOR)
    assert codes(make(city, QINHUAI)) == []
    assert certify(city, QINHUAI).state == "certified"


def test_an_unapproved_migrant_school_that_does_report_is_counted(school: Lives) -> None:
    city = school.city
    school.open(MIGRANT, number="")
    promote(city, [MIGRANT], 2007)
    host = city.actor(MIGRANT, Role.REGISTRAR)
    made = by(host, services.make, MIGRANT, city)
    assert made.registered == 1
    assert codes(made) == ["return.no_number", "return.not_established"]


def test_a_bureau_that_has_submitted_is_sent_back_from_above_before_it_sends_back_below(school: Lives) -> None:
    city = school.city
    _everyone(city)
    make(city, QINHUAI)
    send_back(city, PRIMARY)
    with acting(city.head()):
        own = selectors.current(ROUND, city.id(QINHUAI))
    assert own is not None
    assert own.state == "sent_back"
    send_up(city)
    accept(city)
    send_up(city, QINHUAI)
    assert refused(lambda: send_back(city)).code == "return.consolidated"
    send_back(city, QINHUAI, CITY, "请核对")
    assert send_back(city).state == "sent_back"


def test_the_city_s_own_is_agreed_when_its_head_certifies_it_and_only_its_head_reopens_it(school: Lives) -> None:
    city = school.city
    _everyone(city)
    for bureau in (QINHUAI, BAIXIA, GAOCHUN):
        send_up(city, bureau)
        accept(city, bureau, CITY)
    make(city, CITY)
    assert certify(city, CITY).state == "accepted"
    assert refused(lambda: send_back(city, QINHUAI, CITY)).code == "return.consolidated"
    clerk = city.clerk(CITY)
    assert refused(lambda: by(clerk, services.send_back, CITY, city, reason="重开")).code == "return.not_reviewer"
    assert send_back(city, CITY, CITY, "两校数据须重开").state == "sent_back"
    assert send_back(city, QINHUAI, CITY).state == "sent_back"
    assert make(city, CITY).version == 2


def test_a_part_that_changed_after_the_sum_was_made_is_added_again(school: Lives) -> None:
    city = school.city
    _everyone(city, but=(JUNIOR,))
    send_up(city, JUNIOR)
    accept(city, JUNIOR)
    make(city, QINHUAI)
    with acting(decider(city, QINHUAI)) as actor:
        Return.objects.filter(organisation=city.id(JUNIOR)).update(state="sent_back")
        assert refused(lambda: services.certify(actor=actor, round_code=ROUND, organisation=city.id(QINHUAI))).code in (
            "return.moved_on",
            "return.errors",
        )


def test_late_is_what_is_not_in_after_its_day_or_came_after_it(school: Lives, environment: SeededEnvironment) -> None:
    city = school.city

    def late(code: str) -> bool:
        with acting(city.clerk(CITY)):
            queue = [selectors.board(ROUND, city.id(CITY))]
        while queue:
            line = queue.pop()
            if line.code == code:
                return line.late
            queue += line.children
        raise AssertionError(code)

    on(environment, 9, 30)
    assert not late(PRIMARY)
    send_up(city)
    on(environment, 10, 1)
    assert [late(code) for code in (PRIMARY, JUNIOR, CITY_SECONDARY, QINHUAI)] == [False, True, True, False]
    send_up(city, JUNIOR)
    accept(city, JUNIOR)
    assert late(JUNIOR)
    # A correction does not make late what came in time; a school without approval owes nothing; nor does the city.
    send_back(city)
    on(environment, 10, 21)
    assert [late(code) for code in (PRIMARY, QINHUAI, MIGRANT, CITY)] == [False, True, False, False]


def test_a_school_directly_under_the_city_has_a_day_of_its_own(school: Lives) -> None:
    city = school.city
    on_round = replace(selectors.round_of(ROUND), city_school_due=date(2008, 10, 5))
    found = {
        code: selectors.due_of(on_round, organisations.by_id(city.id(code)), _bureau(city, bureau))
        for code, bureau in ((PRIMARY, QINHUAI), (CITY_SECONDARY, CITY), (QINHUAI, CITY))
    }
    assert found == {
        PRIMARY: date(2008, 9, 30),
        CITY_SECONDARY: date(2008, 10, 5),
        QINHUAI: date(2008, 10, 20),
    }


def _bureau(city: SmallCity, code: str) -> Organisation:
    return organisations.by_id(city.id(code))


def test_each_level_sees_its_own_board_and_no_other_return(school: Lives) -> None:
    city = school.city
    send_up(city)
    with acting(city.clerk()):
        district = selectors.board(ROUND, city.id(QINHUAI))
        assert {line.code for line in district.children} == {PRIMARY, JUNIOR, NINE_YEAR, MIGRANT}
        assert Return.objects.count() == 1
    with acting(city.clerk(CITY)):
        top = selectors.board(ROUND, city.id(CITY))
        assert [line.code for line in top.children] == [BAIXIA, QINHUAI, GAOCHUN, CITY_SECONDARY]
    for actor in (city.registrar(JUNIOR), maker(city, BAIXIA)):
        with acting(actor):
            assert Return.objects.count() == 0
