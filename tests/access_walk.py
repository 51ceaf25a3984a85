"""Walks of all that can be reached from outside: addresses and commands."""

from __future__ import annotations

from collections.abc import Iterator

import click
from django.urls import URLPattern, URLResolver, get_resolver


def addresses() -> dict[str, str]:
    """Name with namespace (or the route, where an address has none) → route."""
    return dict(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, space: str, route: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        whole = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (space, entry.namespace) if part)
            yield from _walk(entry, inner, whole)
        elif isinstance(entry, URLPattern):
            name = f"{space}:{entry.name}" if space and entry.name else entry.name or whole
            yield str(name), whole


def commands() -> list[str]:
    """Every command that can be run, as typed: ``intake check``."""
    from xueji.config.main import WIRING_COMMANDS
    from xueji.doors.cli.main import build

    group = build(WIRING_COMMANDS)
    return sorted(_commands(group, click.Context(group), ""))


def _commands(command: click.Command, context: click.Context, typed: str) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield typed
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None:
            yield from _commands(inner, click.Context(inner, parent=context), f"{typed} {name}".strip())
