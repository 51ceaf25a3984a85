"""``record_items.yaml``: what a record holds beside its fields, by date (marks, fitness, awards …); clause B3."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from xueji.pure.kernel.record_items import ItemTime, PartType
from xueji.pure.kernel.school_year import Stage

from .base import ADD_ONLY, AT_LEAST, AT_MOST, OWN, Dated, Identifier, Part, Words


class ItemSectionPart(Part):
    """A section of the record; ``wanted``: an empty one is warned of."""

    identity: ClassVar[tuple[str, ...]] = ("section",)
    section: Identifier
    title: Words
    wanted: Annotated[bool, AT_LEAST] = False


class ItemPartPart(Part):
    """One part of an item. ``stages``: empty is every stage; ``not_before``: a day not before the item's own."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    label: Words
    type: PartType
    code_table: Identifier | None = None
    required: Annotated[bool, AT_LEAST] = False
    minimum: Annotated[float | None, AT_LEAST] = None
    maximum: Annotated[float | None, AT_MOST] = None
    decimals: int = Field(0, ge=0, le=3)
    unit: str = ""
    max_width: Annotated[int, AT_MOST] = Field(100, ge=1, le=1000)
    stages: tuple[Stage, ...] = ()
    not_before: bool = False
    help: Annotated[str, OWN] = ""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.type in (PartType.CODE, PartType.MARK)) != (self.code_table is not None):
            raise ValueError("类型为 code、mark 的要写代码表（code_table），其他类型不写")
        if self.type in (PartType.NUMBER, PartType.MARK) and (self.minimum is None or self.maximum is None):
            raise ValueError("类型为 number、mark 的要写最小值（minimum）和最大值（maximum）")
        if self.not_before and self.type is not PartType.DATE:
            raise ValueError("not_before 只能写在类型为 date 的项目里")
        return self


class ItemKindPart(Dated):
    """One kind of item. ``once``: one a pupil and time; ``upload``: a class's may come as a workbook."""

    identity: ClassVar[tuple[str, ...]] = ("kind",)
    kind: Identifier
    label: Words
    section: Identifier
    time: ItemTime
    sensitive: Annotated[bool, AT_LEAST] = False
    once: bool = False
    upload: bool = True
    parts: Annotated[tuple[ItemPartPart, ...], ADD_ONLY] = Field(min_length=1)


class RecordItemsFile(Part):
    """The whole file."""

    sections: Annotated[tuple[ItemSectionPart, ...], ADD_ONLY] = ()
    kinds: Annotated[tuple[ItemKindPart, ...], ADD_ONLY] = ()
