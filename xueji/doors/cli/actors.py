"""In whose name a command acts: ``--as LOGIN``, or in a demo home the post whose act it is.

Import inside a command, after ``ready()``: the rooms need Django.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings

from xueji.doors.cli.frame import frame, say
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.selectors import ROLE_TITLES, account_by_login, choices_of, holder
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.types import Actor, Refused, Role


def organisation_by_code(code: str) -> Organisation:
    """A school by its 11 digits, a bureau by its division code. Raises ``Refused`` where none has it."""
    try:
        return organisations.by_code(code.strip())
    except Organisation.DoesNotExist:
        raise Refused(
            "cli.no-organisation",
            f"没有代码为 {code} 的学校或教育局。请核对：学校为 11 位学校代码，教育局为 6 位区划代码。",
        ) from None


def actor_for(role: Role | Sequence[Role], organisation: UUID) -> Actor:
    """Who does an act of ``role`` (or one of several, in this order) for ``organisation``.

    With ``--as`` the account's post there; in a demo home the holder of the post, named on
    stderr; elsewhere ``--as`` is asked for (``Refused``, exit 2).
    """
    roles = [role] if isinstance(role, Role) else list(role)
    login = frame().login
    with acting_system():
        place = organisations.by_id(organisation).name
        if login is not None:
            return _of_login(login, roles, organisation, place)
        if not settings.XUEJI_DEMO:
            raise _who()
        found = next((one for one in (holder(organisation, each) for each in roles) if one is not None), None)
    if found is None:
        titles = "、".join(ROLE_TITLES[each] for each in roles)
        raise Refused("cli.no-holder", f"{place}没有在岗的{titles}，无法办理。请先任命人员，或用 --as 指定账号。")
    say(f"以{place}{ROLE_TITLES[found.role]}{found.name}的身份办理。")
    return found


def registrar_of(code: str) -> Actor:
    """Who fills the rosters of the school with this code."""
    with acting_system():
        school = organisation_by_code(code).id
    return actor_for(Role.REGISTRAR, school)


def any_actor() -> Actor:
    """Who looks at something of the whole city: the account's first post, or the city's clerk in a demo home."""
    login = frame().login
    if login is None:
        if not settings.XUEJI_DEMO:
            raise _who()
        return actor_for((Role.CLERK, Role.HEAD), _city())
    with acting_system():
        account = account_by_login(login)
        choices = choices_of(account.id) if account is not None else []
    if not choices:
        raise Refused("cli.no-account", f"没有账号 {login}，或该账号现在没有岗位。请核对账号名。")
    return choices[0].actor


def _who() -> Refused:
    return Refused("cli.who", "请在子命令之前用 --as 账号 说明由谁办理（只有演示数据目录可以省略）。")


def _city() -> UUID:
    try:
        with acting_system():
            return organisations.city().id
    except Organisation.DoesNotExist:
        raise Refused("cli.no-city", "这个数据目录里还没有教育局和学校。请先建立，或用 --home 指定别的目录。") from None


def _of_login(login: str, roles: list[Role], organisation: UUID, place: str) -> Actor:
    account = account_by_login(login)
    if account is None:
        raise Refused("cli.no-account", f"没有账号 {login}。请核对账号名。")
    actors = [choice.actor for choice in choices_of(account.id) if choice.actor.organisation == organisation]
    for role in roles:
        for actor in actors:
            if actor.role == role:
                return actor
    titles = "、".join(ROLE_TITLES[each] for each in roles)
    sentence = f"账号 {login} 不是{place}的{titles}，不能办理。请换用相应岗位的账号。"
    raise Refused("cli.not-the-post", sentence, "通知一.3")
