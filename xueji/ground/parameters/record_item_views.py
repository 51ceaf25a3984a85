"""Record items: from the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.pure.kernel.record_items import ItemKind, ItemPart, ItemSection, RecordItemRules

from .schema.record_items import ItemKindPart, ItemPartPart, ItemSectionPart


def record_items_view(
    sections: Iterable[ItemSectionPart], in_force: Iterable[ItemKindPart], known: Iterable[ItemKindPart]
) -> RecordItemRules:
    """Sections in their order, the kinds in force, and those of any time."""
    return RecordItemRules(
        sections=tuple(ItemSection(one.section, one.title, one.wanted) for one in sections),
        kinds={one.kind: _kind(one) for one in in_force},
        known={one.kind: _kind(one) for one in known},
    )


def _kind(one: ItemKindPart) -> ItemKind:
    return ItemKind(
        kind=one.kind,
        label=one.label,
        section=one.section,
        time=one.time,
        parts=tuple(map(_part, one.parts)),
        sensitive=one.sensitive,
        once=one.once,
        upload=one.upload,
        basis=one.basis,
        certainty=one.certainty,
    )


def _part(one: ItemPartPart) -> ItemPart:
    return ItemPart(
        code=one.code,
        label=one.label,
        type=one.type,
        code_table=one.code_table,
        required=one.required,
        minimum=one.minimum,
        maximum=one.maximum,
        decimals=one.decimals,
        unit=one.unit,
        max_width=one.max_width,
        stages=one.stages,
        not_before=one.not_before,
        help=one.help,
    )
