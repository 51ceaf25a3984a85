"""Answering the questions of another node's comparison: put down at the door, answered by a job, sealed for who asks.

The node above may ask about all that this one holds; one below only about its own bureau, its schools and what the
bureau above decided; a neighbour about nothing. An answer is of the moment it is made: a change between two
questions shows as a difference, like one that has not been sent yet.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

from xueji.duties.exchange import envelope, identity, trust
from xueji.duties.exchange.models import Peer
from xueji.duties.exchange.reconcile import questions
from xueji.duties.exchange.reconcile.entries import Row
from xueji.duties.exchange.reconcile.questions import OPENED, OPENED_FIELDS, Question
from xueji.duties.exchange.reconcile.sides import HereSide
from xueji.duties.exchange.services.exporting import ACROSS, DOWN, kind_towards
from xueji.duties.exchange.services.receiving import writers_of
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import NodeKeys
from xueji.ground.keys.sealing import canonical_json
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused
from xueji.registry.register.models import Registration

FULL = 50  # questions that wait; more are turned away
KEPT = 3_600  # seconds for which an answer can be fetched


def _folder(name: str) -> Path:
    return Path(settings.XUEJI_HOME) / "exchange" / name


def put_down(raw: bytes) -> str:
    """Keep a question for the job; its digest. Raises ``Refused`` for what is none, or is for another node."""
    question = questions.read(raw)
    if question.receiver != node_keys.load().code:
        raise Refused("exchange.not_for_us", f"这个问题是问节点 {question.receiver} 的，不是问本节点的。")
    folder = _folder("questions")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sum(1 for _ in folder.glob("*.json")) >= FULL:
        raise Refused("exchange.busy", "待回答的核对问题太多，请稍后再问。")
    _write(folder / f"{question.digest}.json", raw)
    return question.digest


def answer_to(digest: str) -> Path | None:
    """The file that answers a question, None while there is none. Raises ``Refused`` where it was not answered."""
    made, refused = _folder("answers") / f"{digest}.xjp", _folder("answers") / f"{digest}.json"
    if refused.exists():
        value = json.loads(refused.read_text(encoding="utf-8"))
        raise Refused(value["code"], value["message"])
    return made if made.exists() else None


def answer_waiting() -> int:
    """Answer what was put down, in the order of arrival; how many. Old answers are swept."""
    folder, answers = _folder("questions"), _folder("answers")
    answers.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in answers.iterdir():
        if time.time() - old.stat().st_mtime > KEPT:
            old.unlink()
    waiting = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
    for path in waiting:
        raw = path.read_bytes()
        try:
            with acting_system():
                _answer(raw, answers)
        except Refused as refused:
            said = canonical_json({"code": refused.code, "message": refused.message})
            _write(answers / f"{questions.digest_of(raw)}.json", said)
        path.unlink()
    return len(waiting)


def _answer(raw: bytes, answers: Path) -> None:
    question = questions.read(raw)
    questions.check_signed(raw, question)
    keys, peer = node_keys.load(), Peer.objects.get(code=question.sender)
    rows = _rows(question, _allowed(keys, peer))
    key = trust.receiving_key(peer.code)
    envelope.write(
        answers / f"{question.digest}.xjp",
        questions.lines(rows),
        kind=questions.ANSWER,
        sender=keys.code,
        receiver=peer.code,
        number=0,
        previous=question.digest,
        made_at=environment().now().isoformat(timespec="seconds"),
        pair=keys.current,
        sealed_for=key.key_id,
        encryption=bytes(key.encryption),
        identity=canonical_json(identity.public_file(keys)).decode(),
    )


def _allowed(keys: NodeKeys, peer: Peer) -> frozenset[UUID] | None:
    """The organisations that a node may ask about; None: all."""
    kind = kind_towards(keys, peer)
    if kind == ACROSS:
        raise Refused("exchange.not_yours", "平级节点之间不核对学籍簿，没有回答。请通过市教育局的节点核对。")
    if kind != DOWN:
        return None
    own = Organisation.objects.filter(code=keys.code).values_list("id", flat=True)
    return writers_of(peer.code) | frozenset(own)


def _rows(question: Question, allowed: frozenset[UUID] | None) -> list[Row]:
    here, values = HereSide(), dict(question.values)
    about = values.get("organisation")
    if about is not None and allowed is not None and about not in allowed:
        raise Refused("exchange.not_yours", "问到了不归该节点管辖的学校，没有回答。请核对管辖范围。")
    if question.name == OPENED:
        opened = here.opened(values["organisation"])
        return [("entry", *key, value) for key, value in opened.entries.items()] + [
            ("state", student, "", value) for student, value in opened.states.items()
        ]
    if question.name == OPENED_FIELDS:
        fields = here.opened_fields(values["organisation"], values["students"])
        return [(student, code, value) for student, held in fields.items() for code, value in held.items()]
    if allowed is None:
        return here.rows(question.name, values)
    if "students" in values:
        values["students"] = _theirs(values["students"], allowed)
    rows = here.rows(question.name, values)
    if question.name == "tree":
        return [row for row in rows if row[0] in allowed or row[2] != "school"]
    return [row for row in rows if row[0] in allowed] if about is None and "students" not in values else rows


def _theirs(students: list[UUID], allowed: frozenset[UUID]) -> list[UUID]:
    """Of these pupils, who are or were registered at a school that may be asked about."""
    found = Registration.objects.filter(student_id__in=students, school__in=allowed).values_list(
        "student_id", flat=True
    )
    return list(set(found))


def _write(target: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(temporary).replace(target)


__all__ = ["answer_to", "answer_waiting", "put_down"]
