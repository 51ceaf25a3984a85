"""``fields.yaml``: the catalogue of the record; keys are those of ``kernel.catalogue.CatalogueField``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from xueji.pure.kernel.catalogue import FieldType

from .base import ADD_ONLY, AT_LEAST, AT_MOST, FIXED, OWN, Dated, Identifier, Part, Words


class RequirementPart(Part):
    """When a field must be filled: ``always``, ``never``, or by the pupil's document type."""

    always: bool = False
    document_types: tuple[str, ...] = ()
    except_document_types: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        if value == "always":
            return {"always": True}
        if value == "never":
            return {}
        return value

    @property
    def strictness(self) -> int:
        """never 0, sometimes 1, always 2."""
        if self.always:
            return 2
        return 1 if self.document_types or self.except_document_types else 0

    def __lt__(self, other: RequirementPart) -> bool:
        if self.strictness != other.strictness:
            return self.strictness < other.strictness
        if self.strictness != 1 or self == other:
            return False
        fewer = not set(self.document_types) >= set(other.document_types)
        return fewer or not set(self.except_document_types) <= set(other.except_document_types)


class FieldPart(Part):
    """One field."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    label: Words
    section: Words
    type: FieldType
    aliases: Annotated[tuple[str, ...], ADD_ONLY] = ()
    code_table: Identifier | None = None
    required: Annotated[RequirementPart, AT_LEAST] = RequirementPart()
    required_count: Annotated[int | None, AT_LEAST] = Field(None, ge=1)
    minimal: Annotated[bool, AT_LEAST] = False
    sensitive: Annotated[bool, AT_LEAST] = False
    key_data: Annotated[bool, AT_LEAST] = False
    min_width: Annotated[int | None, AT_LEAST] = Field(None, ge=0)
    max_width: Annotated[int | None, AT_MOST] = Field(None, ge=1)
    minimum: Annotated[int | None, AT_LEAST] = None
    maximum: Annotated[int | None, AT_MOST] = None
    help: Annotated[str, OWN] = ""
    example: Annotated[str, OWN] = ""
    default: str | None = None
    valid_from: Annotated[date | None, OWN] = None
    valid_to: Annotated[date | None, OWN] = None
    basis: Annotated[str, OWN] = ""
    certainty: Annotated[str, OWN] = ""
    repeats: int = Field(1, ge=1, le=9)
    group: Identifier | None = None
    group_label: str | None = None
    group_aliases: Annotated[tuple[str, ...], ADD_ONLY] = ()
    kinds: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.type is FieldType.CODE) != (self.code_table is not None):
            raise ValueError("类型为 code 的栏目要写代码表（code_table），其他类型不写")
        if (self.repeats > 1) != (self.group is not None):
            raise ValueError("重复的栏目要写 group，不重复的不写")
        if self.group is not None and not self.code.startswith(f"{self.group}_"):
            raise ValueError("重复栏目的代码要以 group 开头")
        return self


class CheckLimitPart(Dated):
    """A whole number that the rules ask for (ages, limits of a file): ``Rulebook.settings``."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    value: Annotated[int, FIXED]


class FieldsFile(Part):
    """The whole file."""

    fields: Annotated[tuple[FieldPart, ...], ADD_ONLY] = ()
    limits: Annotated[tuple[CheckLimitPart, ...], ADD_ONLY] = ()
