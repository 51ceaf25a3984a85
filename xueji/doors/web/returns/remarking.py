"""What is said of a return's lines: explanations typed into its page, notes of the reviewer and what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import QueryDict

from xueji.doors.web.names import acted_by, organisation_names
from xueji.doors.web.templatetags.ui import moment
from xueji.duties.returns import selectors, services
from xueji.duties.returns.findings import key_of, to_explain
from xueji.duties.returns.models import Return
from xueji.duties.returns.remarks import Said, explained_keys
from xueji.ground.accounts import selectors as accounts
from xueji.pure.kernel.types import Actor
from xueji.pure.rules.rounds import ROUND_BY_CODE

TEXT, ALL = "text-", "all-"
WHOLE = "整份上报"


def explain(actor: Actor, round_code: str, organisation: UUID, typed: QueryDict) -> None:
    """Write what was typed: into single lines, and once for all lines of a rule that have none yet."""
    single = {key.removeprefix(TEXT): str(text) for key, text in typed.items() if key.startswith(TEXT)}
    texts = {key: text for key, text in single.items() if text.strip()}
    made = selectors.current(round_code, organisation)
    if made is not None:
        for item in to_explain(made.findings, explained_keys(made)):
            words = typed.get(f"{ALL}{item['code']}", "")
            if words.strip():
                texts.setdefault(key_of(item), words)
    services.explain(actor=actor, round_code=round_code, organisation=organisation, texts=texts)


def note(actor: Actor, round_code: str, organisation: UUID, typed: QueryDict) -> None:
    """Write the reviewer's note on the line that was chosen."""
    services.note(
        actor=actor,
        round_code=round_code,
        organisation=organisation,
        texts={typed.get("line", ""): typed.get("text", "")},
    )


def lines_of(made: Return, totals: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """What a note can be about: the whole, each line of the figures, each finding."""
    figures = [
        (f"{part}:{row['key']}", f"{words}：{row['label']}")
        for part, words in (("totals", "人数"), ("flow", "增减"))
        for row in totals
        if row.get("key")
    ]
    found = [(key_of(item), _finding(item)) for item in made.findings]
    return [("", WHOLE), *figures, *found]


def _finding(item: Mapping[str, Any]) -> str:
    rule = ROUND_BY_CODE.get(item["code"])
    return f"{rule.title if rule else item['code']}：{item['message']}"[:80]


def shown(noted: Mapping[str, list[Said]], lines: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The notes in the order of the lines that they are about; what is no line any more comes last."""
    titles = dict(lines)
    order = {key: at for at, (key, _) in enumerate(lines)}
    every = [one for said in noted.values() for one in said]
    persons = accounts.names_of(one.person for one in every)
    names = organisation_names(one.author for one in every)
    return [
        {
            "line": titles.get(one.line, "（已不在清单上）"),
            "text": one.text,
            "who": acted_by(persons, one.person, names.get(one.author, "")),
            "when": moment(one.at),
            "version": one.version,
        }
        for key in sorted(noted, key=lambda key: order.get(key, len(order)))
        for one in noted[key]
    ]
