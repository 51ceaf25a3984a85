"""What districts file by 1 April, and what of the regime stands on record (clauses A2, A3, A6, B1)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from tests.small_city import BAIXIA, CITY, CITY_SECONDARY, MIGRANT, PRIMARY, QINHUAI, SmallCity
from xueji.duties.filings import selectors, services, undertakings
from xueji.duties.filings.models import Filing, FilingState
from xueji.ground.accounts.context import acting
from xueji.ground.accounts.models import PostHolding
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused, Role

pytestmark = pytest.mark.django_db


def refusal(act: object) -> str:
    assert callable(act)
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.message.endswith("。")
    return caught.value.code


@pytest.fixture
def march(small_city: SmallCity, environment: SeededEnvironment) -> SmallCity:
    environment.move_to(datetime(2009, 3, 20, 9, tzinfo=LOCAL_ZONE))
    return small_city


def filed(city: SmallCity, kind: str = "school_codes", bureau: str = QINHUAI) -> Filing:
    with acting(city.clerk(bureau)) as clerk:
        services.make(actor=clerk, kind=kind, year=2009)
    with acting(city.head(bureau)) as head:
        return services.file_(actor=head, kind=kind, year=2009)


def test_a_table_of_codes_is_made_filed_by_another_and_confirms_drafted_codes_when_acknowledged(
    march: SmallCity,
) -> None:
    with acting(march.head(QINHUAI)) as head:
        assert refusal(lambda: services.make(actor=head, kind="school_codes", year=2009)) == "filing.post"
        assert refusal(lambda: services.file_(actor=head, kind="school_codes", year=2009)) == "filing.none"
    made = filed(march)
    assert {row["code"]: row["state"] for row in made.content}[MIGRANT] == "拟编"
    with acting(march.clerk(QINHUAI)) as clerk:
        assert refusal(lambda: services.make(actor=clerk, kind="school_codes", year=2009)) == "filing.frozen"
    with acting(march.head(CITY)) as head:
        done = services.acknowledge(actor=head, kind="school_codes", year=2009, bureau=march.id(QINHUAI))
        assert done.state == FilingState.ACKNOWLEDGED
        assert organisations.by_code(MIGRANT).code_state == "confirmed"
        with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
            Filing.objects.filter(pk=done.pk).update(state="made")
    with acting(march.clerk(BAIXIA)):
        assert not Filing.objects.exists(), "another district's"


def test_what_was_filed_is_frozen_until_the_city_sends_it_back(march: SmallCity) -> None:
    made = filed(march, "roster")
    names = {row["name"] for row in made.content}
    assert {march.registrar().name, march.clerk(QINHUAI).name} <= names
    assert march.head(CITY).name not in names
    with acting(march.head(QINHUAI)), pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        Filing.objects.filter(pk=made.pk).update(content=[])
    with acting(march.head(CITY)) as head:

        def send_back(reason: str) -> None:
            services.send_back(actor=head, kind="roster", year=2009, bureau=march.id(QINHUAI), reason=reason)

        assert refusal(lambda: send_back(" ")) == "filing.no_reason"
        send_back("缺一名校对")
    assert filed(march, "roster").state == FilingState.FILED
    with acting(march.head(CITY)):
        (before,) = selectors.earlier(made.pk)
    assert (before.digest, before.reason, len(before.content)) == (made.digest, "缺一名校对", len(made.content))


def test_the_city_files_its_own_schools_and_posts_with_the_maintainer_and_nobody_acknowledges(
    march: SmallCity,
) -> None:
    codes = filed(march, "school_codes", CITY)
    assert ([row["code"] for row in codes.content], codes.state) == ([CITY_SECONDARY], FilingState.ACKNOWLEDGED)
    hands = filed(march, "roster", CITY)
    assert {"学籍管理员", "经办人", "负责人"} <= {row["role"] for row in hands.content}
    assert march.actor(CITY, Role.SOFTWARE_MAINTAINER).name in {row["name"] for row in hands.content}
    with acting(march.clerk(CITY)) as clerk:
        assert refusal(lambda: services.make(actor=clerk, kind="roster", year=2009)) == "filing.frozen"


def test_who_has_not_filed_by_the_day_is_listed_and_reminded(march: SmallCity, environment: SeededEnvironment) -> None:
    from xueji.duties.reminders.services import remind

    filed(march)
    assert remind().matters["filing_due"] == 7  # two kinds of three districts and the city, one of them filed
    environment.move_to(datetime(2009, 4, 2, 9, tzinfo=LOCAL_ZONE))
    with acting(march.head(CITY)):
        late = [(one.kind.filing, one.name) for one in selectors.board(2009) if one.late]
    assert len(late) == 7
    assert ("school_codes", "秦淮区教育局") not in late


def test_versions_of_a_document_are_kept_and_a_holder_cannot_record_the_own_undertaking(march: SmallCity) -> None:
    with acting(march.deputy_head()) as deputy:

        def add(version: str, kind: str = "duties", day: int = 1) -> None:
            services.add_document(actor=deputy, kind=kind, version=version, dated_on=date(2009, 3, day))

        add("2008")
        assert refusal(lambda: add("2008")) == "regime.version_known"
        assert refusal(lambda: add("1", kind="procedures")) == "regime.incomplete", "no document of a school"
        add("2009", day=2)
        duties, confidentiality = undertakings.regime_of(march.id(PRIMARY), "school")
        assert (duties.current and duties.current.version, duties.versions) == ("2009", 2)
        assert confidentiality.current is None
        own = PostHolding.objects.get(account=deputy.person).pk
        colleague = PostHolding.objects.get(account=march.registrar().person).pk
        signed = date(2009, 3, 20)
        refused = refusal(lambda: services.record_undertakings(actor=deputy, holdings=[own], signed_on=signed))
        assert refused == "undertaking.incomplete"
        assert services.record_undertakings(actor=deputy, holdings=[colleague], signed_on=signed) == 1
        assert services.record_undertakings(actor=deputy, holdings=[colleague], signed_on=signed) == 0
    with acting(march.clerk(QINHUAI)):
        open_ones = [one for one in undertakings.signings([march.id(PRIMARY)]) if one.signed is None]
        assert march.registrar().person not in {one.holding.account_id for one in open_ones}
        assert undertakings.lacking_regime([(march.id(PRIMARY), "school")]) == {march.id(PRIMARY): ["保密制度"]}
