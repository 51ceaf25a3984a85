"""What the rulebook says of a return beside its days (``returns.yaml``): which registration may follow an exit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExitRule:
    """After a registration that ended by ``exit`` only one may begin that ``allows`` names (a way of beginning);
    ``same_stage``: this is asked only of one in the same stage (a graduate of the primary stage goes on)."""

    exit: str
    title: str
    allows: tuple[str, ...] = ()
    same_stage: bool = False
    basis: str = ""
