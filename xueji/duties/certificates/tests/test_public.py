"""对外查验: off unless the bureau's head opens it; a number in, 有效 or 作废 out, so many times an hour (clause A6)."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.small_city import BAIXIA, QINHUAI
from xueji.duties.certificates import public, services
from xueji.duties.certificates.public import PublicAnswer
from xueji.duties.certificates.tests.support import issue
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def _open(lives: Lives, *, opened: bool = True) -> None:
    with acting(lives.city.head()) as actor:
        public.decide(actor=actor, opened=opened, reason="方便用人单位核对证书")


def test_nobody_is_answered_unless_the_bureaus_head_opened_it(lives: Lives) -> None:
    made = issue(lives.city, lives.open().student)
    assert public.ask(made.number, address="10.0.0.1") is PublicAnswer.UNKNOWN
    closed = Client().post("/verify/", {"number": made.number}).content.decode()
    assert ("没有开放对外查验" in closed, made.number in closed) == (True, False)
    for actor in (lives.city.clerk(), lives.city.deputy_head()):
        with acting(actor), pytest.raises(Refused) as refused:
            public.decide(actor=actor, opened=True, reason="方便核对证书")
        assert (refused.value.code, bool(refused.value.basis)) == ("public.not_head", True)
    _open(lives)
    answer = Client().post("/verify/", {"number": f" {made.number} "})
    assert "有效" in answer.content.decode()
    assert "秦淮" not in answer.content.decode()
    with acting(lives.city.deputy_head()) as actor:
        services.void(actor=actor, certificate=made.id, reason="印错")
    assert public.ask(made.number, address="10.0.0.1") is PublicAnswer.VOIDED
    assert public.ask("32010421001-证-2008-99999", address="10.0.0.1") is PublicAnswer.UNKNOWN
    _open(lives, opened=False)
    assert public.ask(made.number, address="10.0.0.1") is PublicAnswer.UNKNOWN
    with acting_system():
        (first, last) = journals.entries_of_organisation(lives.city.id(QINHUAI), kinds={public.ENTRY})
        assert [one.basis["open"] for one in (first, last)] == [True, False]
        assert not public.state_of(lives.city.id(BAIXIA)).open


def test_whoever_asks_too_often_is_told_to_come_back(lives: Lives) -> None:
    with acting_system():
        most = int(parameters.rulebook(today()).settings[public.HOURLY])
    answers = [public.ask("1", address="10.0.0.2") for _ in range(most + 1)]
    assert answers == [PublicAnswer.UNKNOWN] * most + [PublicAnswer.TOO_MANY]
    assert public.ask("1", address="10.0.0.3") is PublicAnswer.UNKNOWN
