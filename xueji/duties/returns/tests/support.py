"""The acts of a round by the people whose acts they are, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CITY,
    CITY_SECONDARY,
    PRIMARY,
    QINHUAI,
    SmallCity,
)
from xueji.duties.returns import selectors, services
from xueji.duties.returns.models import Return
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.organisations import services as organisations
from xueji.ground.parameters.loader import HEAD, Layer, Layers, load_layers
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Refused, Role

ROUND = "2008"
Act = Callable[..., Any]
FIRST = "2007-2008"
BUREAU_OF = {PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA, CITY_SECONDARY: CITY}


def on(environment: SeededEnvironment, month: int, day: int, year: int = 2008) -> None:
    """It is nine in the morning of that day."""
    environment.move_to(datetime(year, month, day, 9, tzinfo=LOCAL_ZONE))


def promote(city: SmallCity, schools: Sequence[str], *years: int, stage: str = "primary") -> None:
    """The schools confirm that the cohorts of these intake years moved up into 2008-2009."""
    with acting_system() as system:
        for code in schools:
            organisations.promote_cohorts(
                actor=system, school=city.id(code), school_year=2008, cohorts=[(stage, year) for year in years]
            )


def maker(city: SmallCity, code: str) -> Actor:
    return city.actor(code, Role.CLERK if len(code) == 6 else Role.REGISTRAR)


def decider(city: SmallCity, code: str) -> Actor:
    return city.actor(code, Role.HEAD if len(code) == 6 else Role.DEPUTY_HEAD)


def make(city: SmallCity, code: str = PRIMARY, round_code: str = ROUND) -> Return:
    with acting(maker(city, code)) as actor:
        return services.make(actor=actor, round_code=round_code, organisation=city.id(code))


def certify(city: SmallCity, code: str = PRIMARY, round_code: str = ROUND) -> Return:
    """Everything that is asked is explained, then the decider vouches."""
    with acting(maker(city, code)) as actor:
        services.explain_all(actor=actor, round_code=round_code, organisation=city.id(code), text="已逐人核实")
    with acting(decider(city, code)) as actor:
        return services.certify(actor=actor, round_code=round_code, organisation=city.id(code))


def submit(city: SmallCity, code: str = PRIMARY, round_code: str = ROUND) -> Return:
    with acting(maker(city, code)) as actor:
        return services.submit(actor=actor, round_code=round_code, organisation=city.id(code))


def send_up(city: SmallCity, code: str = PRIMARY, round_code: str = ROUND) -> Return:
    """Made, certified, submitted."""
    make(city, code, round_code)
    certify(city, code, round_code)
    return submit(city, code, round_code)


def accept(city: SmallCity, code: str = PRIMARY, by: str = QINHUAI, round_code: str = ROUND) -> Return:
    with acting(city.head(by)) as actor:
        return services.accept(actor=actor, round_code=round_code, organisation=city.id(code))


def send_back(city: SmallCity, code: str = PRIMARY, by: str = QINHUAI, reason: str = "请核实") -> Return:
    """Sent back by the head; what he accepted already is asked for by the clerk first."""
    with acting(city.clerk(by)) as clerk:
        made = selectors.current(ROUND, city.id(code))
        if made is not None and made.state == "accepted" and selectors.reopening_of(made) is None:
            services.ask_reopening(actor=clerk, round_code=ROUND, organisation=city.id(code), reason="数字有误，须重开")
    with acting(city.head(by)) as actor:
        return services.send_back(actor=actor, round_code=ROUND, organisation=city.id(code), reason=reason)


def codes(made: Return) -> list[str]:
    """The codes of what a return still lacks, each once, sorted."""
    return sorted({item["code"] for item in made.findings})


def rows_of(made: Return, code: str) -> list[str | None]:
    """The rows of the findings of one code."""
    return [item["row"] for item in made.findings if item["code"] == code]


def students_counted(made: Return) -> set[UUID]:
    """The pupils in a certified return of a school, by its snapshot."""
    from xueji.registry.snapshots.selectors import rows_of as rows

    assert made.snapshot is not None
    return {UUID(one) for one in rows(made.snapshot)["student"]}


def refused(act: Callable[[], object]) -> Refused:
    """The refusal of an act: it has a code, a Chinese sentence that ends, and a basis."""
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code.startswith(("return.", "accounts."))
    assert caught.value.message.endswith("。")
    assert caught.value.basis
    return caught.value


def with_own_layer(city: SmallCity, district: str) -> None:
    """A district takes the layer that the example district has: its schools are due on 25 September."""
    known = load_layers()

    def own(layer: Layer) -> Layer:
        if layer.head.division != "320124":
            return layer
        said = {"code": district, "division": district}
        return replace(
            layer, head=layer.head.model_copy(update=said), raw={**layer.raw, HEAD: {**layer.raw[HEAD], **said}}
        )

    with acting_system() as system:
        layers = Layers(tuple(own(layer) for layer in known.layers))
        load_rulebooks(actor=system, organisations=city.organisations, layers=layers)


def by(actor: Actor, act: Act, code: str, city: SmallCity, **more: Any) -> Any:
    with acting(actor):
        return act(actor=actor, round_code=ROUND, organisation=city.id(code), **more)
