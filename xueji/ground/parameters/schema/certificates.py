"""``certificates.yaml``: texts, conditions and numbering of what is printed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from xueji.pure.kernel.types import Level

from .base import ADD_ONLY, AT_LEAST, AT_MOST, FIXED, Dated, Identifier, Part, Words
from .changes import PhasePart

Condition = Literal[
    "established", "registration_in_force", "registration_number", "register_check", "attending", "resumed",
    "diploma_issued", "outside_guest", "former_pupil", "photo", "one_valid", "approved_transfer", "attested_order",
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
    "home_school",
    "former_school",
    "how_ended",
    "keeping",
    "guest",
)
#: What the sheet of a transfer says beside these.
TRANSFER_PLACES = ("to_region", "to_school", "decided_on", "due_on")
#: What the roll of an attested order says: it is about many pupils and names none in its words.
ROLL_PLACES = ("school", "bureau", "year", "stage", "of_kind", "first", "last", "count", "left_out", "on")
#: What the sheet of an attested kind may print beside these.
SHEET_PLACES = (
    *PLACES,
    "birth_year",
    "birth_month",
    "birth_day",
    "enrolment_year",
    "enrolment_month_no",
    "ended_year",
    "ended_month_no",
    "stage",
    "registered_as",
    "at_school",
    "sentence",
    "number",
    "title",
    "issued_on",
    "issued_year",
    "issued_month",
    "issued_day",
    "basis",
    "footer",
)

#: The pages that put an approved electronic seal into its frame.
BEARING_TEMPLATES = ("proof", "diploma")

#: What cards are imposed on, upright; mm.
A4 = (210, 297)


class PlacePart(Part):
    """A text on the sheet: mm and pt; ``preprinted``: the blank bears it already."""

    text: str
    x: float = Field(ge=0, le=420)
    y: float = Field(ge=0, le=420)
    width: float = Field(gt=0, le=420)
    size: float = Field(ge=5, le=60)
    align: Literal["left", "center", "right"] = "left"
    bold: bool = False
    lines: int = Field(1, ge=1, le=20)
    preprinted: bool = False


class FramePart(Part):
    """An empty frame for a photo or a real seal; mm. ``use``: of which seal, where an electronic one may stand."""

    label: Words
    x: float = Field(ge=0, le=420)
    y: float = Field(ge=0, le=420)
    width: float = Field(gt=0, le=200)
    height: float = Field(gt=0, le=200)
    shape: Literal["rect", "round"] = "rect"
    use: Identifier | Literal[""] = ""


class CodePart(Part):
    """Where the QR code stands; mm."""

    x: float = Field(ge=0, le=420)
    y: float = Field(ge=0, le=420)
    size: float = Field(ge=20, le=80)


class PhotoPart(Part):
    """Where the pupil's photo is printed; mm."""

    x: float = Field(ge=0, le=420)
    y: float = Field(ge=0, le=420)
    width: float = Field(ge=15, le=60)
    height: float = Field(ge=15, le=80)


class ImposedPart(Part):
    """How many cards stand on an A4 sheet, and how far apart (mm)."""

    columns: int = Field(ge=1, le=4)
    rows: int = Field(ge=1, le=8)
    gap: float = Field(0, ge=0, le=20)


class SheetPart(Part):
    """The sheet of an attested kind, or of a card, in mm."""

    width: float = Field(ge=80, le=420)
    height: float = Field(ge=45, le=420)
    code: CodePart
    places: tuple[PlacePart, ...] = Field(min_length=1)
    frames: tuple[FramePart, ...] = ()
    photo: PhotoPart | None = None
    imposed: ImposedPart | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        for place in self.places:
            try:
                place.text.format_map(dict.fromkeys(SHEET_PLACES, ""))
            except (KeyError, IndexError, ValueError) as error:
                raise ValueError(f"版面文字里有不认识的占位 {error}") from None
            if place.x + place.width > self.width or place.y > self.height:
                raise ValueError(f"版面文字“{place.text}”超出纸面")
        box, many = self.photo, self.imposed
        if box is not None and (box.x + box.width > self.width or box.y + box.height > self.height):
            raise ValueError("照片的位置超出纸面")
        if many is not None and (
            many.columns * (self.width + many.gap) - many.gap > A4[0]
            or many.rows * (self.height + many.gap) - many.gap > A4[1]
        ):
            raise ValueError("拼版后超出 A4 纸，请减少行数、列数或间距")
        return self


class CertificatePart(Dated):
    """One kind of certificate; ``body`` may use the places of ``PLACES`` in braces.

    ``template`` names the typeset page, ``seal`` the words in the empty frame for the real seal. ``status``: the paper
    is for pupils of one of these statuses alone; ``ended_by``: it speaks of a registration that ended in one of these
    ways, else of the one in force. ``attested``: requested by the school, attested by the bureau in ``phases``, printed
    on ``sheet`` (a card that the school issues by itself has one too), on a preprinted ``blank`` where it names one;
    ``issuers``: the school's posts that issue it, or print what was attested; ``archive_before``: also for leavers of
    before that day from paper archives. ``electronic_seal``: whether it may bear electronic seals that a bureau
    approved, of the use ``seal_use`` or of those that the sheet's frames name; ``sealed_footer`` is its footer then.
    ``roll``: the heading of the roll of an attested kind; ``receipt``: what the other school fills in on the lower part
    of a transfer sheet and sends back.
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
    attested: Annotated[bool, AT_LEAST] = False
    blank: str = ""
    phases: Annotated[tuple[PhasePart, ...], ADD_ONLY] = ()
    issuers: Annotated[tuple[Literal["registrar", "deputy_head"], ...], FIXED] = Field(
        ("registrar", "deputy_head"), min_length=1
    )
    sheet: SheetPart | None = None
    archive_before: date | None = None
    electronic_seal: Annotated[bool, AT_MOST] = False
    seal_use: Identifier | Literal[""] = ""
    sealed_footer: str = ""
    roll: str = ""
    receipt: str = ""

    @model_validator(mode="after")
    def _places(self) -> Self:
        try:
            for text in (self.body, self.receipt):
                text.format(**dict.fromkeys(self._allowed(), ""))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"证明文字里有不认识的占位 {error}") from None
        try:
            self.number_format.format(school="32010200001", year=2008, serial=1)
        except (KeyError, IndexError, ValueError):
            raise ValueError("编号格式只能用 {school}、{year}、{serial:05d}") from None
        ways = {"registration_in_force", "outside_guest", "approved_transfer", "attested_order"}
        if bool(self.ended_by) + len(ways & set(self.conditions)) != 1:
            raise ValueError(
                "证书要么要求在籍（registration_in_force），要么写明学籍以何种方式终止（ended_by），"
                "要么只给外地借读学生（outside_guest），要么凭已批准的转学（approved_transfer），"
                "要么是已验印申请的花名册（attested_order）"
            )
        if bool(self.receipt) != ("approved_transfer" in self.conditions) or bool(self.roll) != self.attested:
            raise ValueError("转学证明要写回执的文字（receipt），须验印的证书要写花名册的标题（roll），其他的不写")
        if bool(self.phases) != self.attested or (self.attested and self.sheet is None):
            raise ValueError("须验印（attested）的证书要写步骤（phases）和版面（sheet），其他证明不写步骤")
        if (self.sheet is not None and self.sheet.photo is not None) != ("photo" in self.conditions):
            raise ValueError("印照片的证件要求有照片（photo）并写明照片的位置（sheet.photo），其他证书不写")
        self._seals()
        return self

    def _allowed(self) -> tuple[str, ...]:
        if "attested_order" in self.conditions:
            return ROLL_PLACES
        return SHEET_PLACES if self.sheet else (*PLACES, *self._of_transfer())

    def _of_transfer(self) -> tuple[str, ...]:
        return TRANSFER_PLACES if "approved_transfer" in self.conditions else ()

    def _seals(self) -> None:
        """Where an electronic seal may stand is said, and only of kinds whose page has room for it: a card has its 钢印
        pressed into it."""
        named = any(one.use for one in self.sheet.frames) if self.sheet else bool(self.seal_use)
        if self.electronic_seal and not named:
            raise ValueError(
                "可以用电子印章（electronic_seal）的，要写明是什么印章（seal_use，有版面的写在 frames 的 use）"
            )
        if self.electronic_seal and self.template not in BEARING_TEMPLATES:
            raise ValueError("证件上的是钢印，花名册、转学证明须加盖实物印章，不能用电子印章（electronic_seal）")


class SealPart(Dated):
    """A named use of a seal: whose it is, how wide it is printed (mm), how long one approval lasts at most, who
    approves an electronic one."""

    identity: ClassVar[tuple[str, ...]] = ("kind",)
    kind: Identifier
    title: Words
    levels: Annotated[tuple[Level, ...], FIXED] = Field(min_length=1)
    width: float = Field(ge=15, le=60)
    most_days: Annotated[int, AT_MOST] = Field(ge=1)
    phases: Annotated[tuple[PhasePart, ...], ADD_ONLY] = Field(min_length=1)


class CertificatesFile(Part):
    """The whole file."""

    seals: Annotated[tuple[SealPart, ...], ADD_ONLY] = ()
    certificates: Annotated[tuple[CertificatePart, ...], ADD_ONLY] = ()
