"""``certificates.yaml``: texts, conditions and numbering of what is printed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .base import ADD_ONLY, AT_MOST, FIXED, Dated, Identifier, Part, Words

Condition = Literal[
    "established", "registration_in_force", "registration_number", "register_check", "attending", "resumed"
]  # fmt: skip
PLACES = (
    "name",
    "gender",
    "birth_date",
    "school",
    "grade",
    "class_name",
    "registration_number",
    "student_number",
    "on",
    "enrolment_month",
    "ended_on",
    "status_since",
)


class CertificatePart(Dated):
    """One kind of certificate; ``body`` may use the places of ``PLACES`` in braces.

    ``template`` names the typeset page, ``seal`` the words in the empty frame for the real seal. ``status``: the paper
    is for pupils of one of these statuses alone; ``ended_by``: it speaks of a registration that ended in one of these
    ways, else of the one in force.
    """

    identity: ClassVar[tuple[str, ...]] = ("kind",)
    kind: Identifier
    title: Words
    body: Words
    footer: str = ""
    template: Identifier
    seal: str = ""
    status: tuple[Identifier, ...] = ()
    ended_by: tuple[Identifier, ...] = ()
    conditions: Annotated[tuple[Condition, ...], ADD_ONLY] = ()
    number_format: Annotated[str, FIXED] = Field(min_length=1)
    valid_days: Annotated[int | None, AT_MOST] = Field(None, ge=1)

    @model_validator(mode="after")
    def _places(self) -> Self:
        try:
            self.body.format(**dict.fromkeys(PLACES, ""))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"证明文字里有不认识的占位 {error}") from None
        try:
            self.number_format.format(school="32010200001", year=2008, serial=1)
        except (KeyError, IndexError, ValueError):
            raise ValueError("编号格式只能用 {school}、{year}、{serial:05d}") from None
        if bool(self.ended_by) == ("registration_in_force" in self.conditions):
            raise ValueError("证书要么要求在籍（registration_in_force），要么写明学籍以何种方式终止（ended_by）")
        return self


class CertificatesFile(Part):
    """The whole file."""

    certificates: Annotated[tuple[CertificatePart, ...], ADD_ONLY] = ()
