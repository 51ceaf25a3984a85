"""The papers of an application: which are needed, which are there."""

from __future__ import annotations

from typing import Any

from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.types import ApplicationView


def shown(view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What the template needs; nothing for a kind that has no papers."""
    change = book.changes.get(view.kind)
    papers = change.evidence if change else ()
    if not papers:
        return {}
    titles = {paper.key: paper.title for paper in papers}
    return {
        "evidence_shown": True,
        "evidence_required": "、".join(paper.title for paper in papers if paper.required),
        "evidence": [
            {"kind": titles.get(key, "材料"), "document": document} for key, document in applications.evidence(view.id)
        ],
    }
