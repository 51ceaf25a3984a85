"""专机: which machines and networks the posts of an organisation work on (clauses A3, A6). Off unless it is set.

The bureau's security administrator names a machine and gets a code; typed in once on that machine it puts a random
secret into its cookie, of which only the digest is kept here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.accounts.models import Machine, MachineBinding, Post
from xueji.ground.accounts.selectors import jurisdiction
from xueji.ground.accounts.services.accounts import new_code
from xueji.ground.accounts.staffing import staffing_of
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role

_BASIS = "通知一.3、一.6"


@dataclass(frozen=True, slots=True)
class MachineCode:
    """What is typed in on the machine, shown this once."""

    machine: UUID
    code: str
    until: date


def name_machine(*, actor: Actor, organisation: UUID, name: str, post: UUID | None = None) -> MachineCode:
    """Name a machine of an organisation in reach, or of one of its posts (``post``: it serves that one alone);
    ``Refused`` for others than the security administrator."""
    _require(actor, organisation)
    if post is not None and not Post.objects.filter(pk=post, organisation=organisation).exists():
        raise Refused("accounts.no_post", "所选岗位不是这个单位的，请重新选择。", _BASIS)
    if not name.strip():
        raise Refused("accounts.machine_name", "请写明是哪一台机器，例如“教务处 1 号机”。", _BASIS)
    code, until = new_code(), today() + timedelta(days=_code_days(organisation))
    made = Machine.objects.create(
        id=environment().new_id(),
        organisation_id=organisation,
        name=name.strip(),
        post=post,
        code_digest=_digest(code),
        code_until=until,
        named_by=actor.person,
    )
    return MachineCode(made.pk, code, until)


def revoke_machine(*, actor: Actor, machine: UUID) -> Machine:
    """A machine is not one of the organisation's any more, from now on."""
    with transaction.atomic():
        found = Machine.objects.select_for_update().filter(pk=machine, revoked_at__isnull=True).first()
        if found is None:
            raise Refused("accounts.no_machine", "没有这台登记的专机，或已经注销。请刷新后重试。", _BASIS)
        _require(actor, found.organisation_id)
        found.revoked_at = environment().now()
        found.save(update_fields=["revoked_at"])
        return found


def bind(
    *,
    actor: Actor,
    organisations: Iterable[UUID],
    machines_only: bool,
    networks: Sequence[str],
    posts: Iterable[UUID] = (),
) -> int:
    """Set for organisations whether their posts work on registered machines alone, in which networks, and which of
    their ``posts`` only on machines of their own.

    ``networks``: CIDR, none for any. Returns how many were set. ``Refused`` where a network cannot be read, or an
    organisation or post that is to be bound has no machine registered yet: nobody there could work.
    """
    places = list(dict.fromkeys(organisations))
    for place in places:
        _require(actor, place)
    if not places:
        raise Refused("accounts.no_place", "请选择要设置的单位。", _BASIS)
    read = [_network(text) for text in networks if text.strip()]
    if machines_only:
        ready = Machine.objects.filter(organisation__in=places, revoked_at__isnull=True).exclude(secret_digest="")
        if set(places) - set(ready.values_list("organisation_id", flat=True)):
            raise Refused(
                "accounts.no_machine_yet",
                "所选单位还没有一台登记好的专机，限定以后谁也不能办理。请先登记专机，再限定。",
                _BASIS,
            )
    own = _posts(places, set(posts))
    now = environment().now()
    rows = [
        MachineBinding(
            organisation_id=place, machines_only=machines_only, networks=read, posts=own.get(place, []),
            set_by=actor.person, set_at=now,
        )
        for place in places
    ]  # fmt: skip
    MachineBinding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organisation"],
        update_fields=["machines_only", "networks", "posts", "set_by", "set_at"],
    )
    return len(rows)


def _posts(places: Sequence[UUID], wanted: set[UUID]) -> dict[UUID, list[UUID]]:
    """The posts that are bound to machines of their own, by organisation."""
    found = dict(Post.objects.filter(pk__in=wanted, organisation__in=places).values_list("pk", "organisation_id"))
    if wanted - found.keys():
        raise Refused("accounts.no_post", "所选岗位不是这个单位的，请重新选择。", _BASIS)
    ready = Machine.objects.filter(post__in=wanted, revoked_at__isnull=True).exclude(secret_digest="")
    if wanted - set(ready.values_list("post", flat=True)):
        raise Refused(
            "accounts.no_machine_yet",
            "所选岗位还没有自己的一台登记好的专机，限定以后不能办理。请先为这个岗位登记专机，再限定。",
            _BASIS,
        )
    own: dict[UUID, list[UUID]] = {}
    for post, place in sorted(found.items()):
        own.setdefault(place, []).append(post)
    return own


def register_machine(*, code: str, secret: str) -> UUID:
    """This machine is the one that was named with the code; for whoever signed in before it. ``Refused`` otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_register_machine(%s, %s)", [_digest(code), _digest(secret)])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise Refused("accounts.machine_code", "登记码不对、已用过或已过期。请核对，或请安全管理员重新生成。", _BASIS)
    return UUID(str(row[0]))


def fits_binding(
    organisation: UUID,
    post: UUID,
    *,
    machines_only: bool,
    networks: Sequence[str],
    address: str,
    machine: UUID | None,
    secret: str,
) -> str:
    """'' where the post of the organisation may work from here, else why not: ``network`` or ``machine``."""
    if networks and not any(_within(address, network) for network in networks):
        return "network"
    if not machines_only:
        return ""
    if machine is None:
        return "machine"
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_machine_serves(%s, %s, %s, %s)", [organisation, post, machine, _digest(secret)])
        row = cursor.fetchone()
    return "" if row and row[0] else "machine"


def _require(actor: Actor, organisation: UUID) -> None:
    reach = jurisdiction()
    if actor.role is not Role.SECURITY_ADMIN or (reach is not None and organisation not in reach):
        raise Refused("accounts.not_security", "专机由教育局的安全管理员为所辖单位登记和限定。", _BASIS)


def _code_days(organisation: UUID) -> int:
    return staffing_of(organisation).limits.get("machine_code_days", 1)


def _digest(text: str) -> str:
    return hashlib.sha256("".join(text.split()).replace("-", "").upper().encode()).hexdigest() if text else ""


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise Refused(
            "accounts.network", f"网段“{text.strip()}”读不出来，请写成 10.12.0.0/16 这样的形式。", _BASIS
        ) from error


def _within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False
