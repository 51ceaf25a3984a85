"""``numbers.yaml``: frames (what every scheme must fit) and schemes (issue 2 "Rulebook")."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .base import ADD_ONLY, FIXED, OWN, Dated, Part, Slug, Words

Subject = Literal["registration_number", "school_code"]
SourceName = Literal[
    "school_code", "division", "township", "kind", "intake_year", "class_no", "serial", "check", "literal"
]
Charset = Literal["digits", "digits_x", "letters", "alphanumeric"]


class SegmentPart(Part):
    """A segment of a scheme (see ``kernel.numbers.Segment``)."""

    name: Words
    width: int = Field(ge=1, le=20)
    source: SourceName
    charset: Charset = "digits"
    check: Literal["mod11_2", "mod10"] | None = None
    literal: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.source == "check") != (self.check is not None):
            raise ValueError("校验位（source: check）与校验方法（check）要一起写")
        if (self.source == "literal") != (self.literal is not None):
            raise ValueError("固定内容（source: literal）与其文字（literal）要一起写")
        if self.literal is not None and len(self.literal) != self.width:
            raise ValueError("固定内容的长度与 width 不一致")
        return self


class LeadPart(Part):
    """A leading segment that a frame prescribes."""

    source: SourceName
    width: int = Field(ge=1)


class FramePart(Dated):
    """What every scheme of a subject must fit: its width and its first segments."""

    identity: ClassVar[tuple[str, ...]] = ("subject",)
    subject: Subject
    width: int = Field(ge=1, le=40)
    begins_with: tuple[LeadPart, ...] = ()
    short_width: int | None = None


class ClassRangePart(Part):
    """Values of the class segment for an intake (see ``kernel.numbers.ClassRange``)."""

    stage: Literal["primary", "junior", "any"]
    site: Literal["main", "point", "any"]
    first: int = Field(ge=0, le=99)
    last: int = Field(ge=0, le=99)
    shared: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError("班级号段的止号小于起号")
        return self


class SparePart(Part):
    """Class values kept for a class whose serials are used up."""

    first: int = Field(ge=0, le=99)
    last: int = Field(ge=0, le=99)


class SchemePart(Dated):
    """A number scheme."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Slug
    subject: Subject
    title: Words
    segments: tuple[SegmentPart, ...] = Field(min_length=1)
    short_width: int | None = Field(None, ge=1)
    near_limit: Annotated[int, FIXED] = Field(5, ge=0)
    earliest_year: int | None = Field(None, ge=1949)
    class_ranges: tuple[ClassRangePart, ...] = ()
    next: Annotated[SparePart | None, OWN] = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        sources = [segment.source for segment in self.segments if segment.source != "literal"]
        if len(sources) != len(set(sources)):
            raise ValueError("同一来源的号段写了两次")
        if "serial" not in sources:
            raise ValueError("号码方案缺少流水号（source: serial）")
        if self.class_ranges and "class_no" not in sources:
            raise ValueError("没有班级号段的方案不能写班级号段范围（class_ranges）")
        _check_ranges(self.class_ranges)
        return self


def _check_ranges(ranges: tuple[ClassRangePart, ...]) -> None:
    shared = sorted((item for item in ranges if item.shared), key=lambda item: item.first)
    for before, after in pairwise(shared):
        if after.first <= before.last:
            raise ValueError("一码多学段（或教学点）的班级号段互相重叠")


class NumbersFile(Part):
    """The whole file."""

    frames: Annotated[tuple[FramePart, ...], ADD_ONLY] = ()
    schemes: Annotated[tuple[SchemePart, ...], ADD_ONLY] = ()
