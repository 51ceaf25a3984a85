"""Reads of uploads. Row-level security applies; what a finding says is put into words here, on reading."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import polars as pl

from xueji.ground.workbooks.reader import answer_of
from xueji.pure.kernel.types import Refused
from xueji.pure.rules import RuleContext
from xueji.registry.intake.annotated import write_annotated
from xueji.registry.intake.checking import CheckResult
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.models import CellEdit, Upload, UploadState
from xueji.registry.intake.sealed import open_bytes, open_result, open_source
from xueji.registry.intake.sources import Source, limits_of
from xueji.registry.intake.template import file_name, write_template
from xueji.registry.intake.types import Cell, ClassPreview, Preview, ProofList, UploadView


def upload_view(found: Upload, *, already_uploaded: bool = False) -> UploadView:
    """An upload as doors show it."""
    return UploadView(
        id=found.id,
        school=found.school,
        kind=found.kind,
        state=found.state,
        progress=found.progress,
        file_name=open_bytes(found.id, "name", found.file_name).decode(),
        file_digest=found.file_digest,
        rows=found.rows,
        clean=found.clean_rows,
        errors=found.errors,
        queries=found.queries,
        notes=found.notes,
        answer=_answer(found),
        answer_code=f"workbook.{found.answer}" if found.answer else "",
        revision=found.revision,
        application=found.application,
        uploaded_by=found.uploaded_by,
        uploaded_at=found.uploaded_at,
        checked_at=found.checked_at,
        already_uploaded=already_uploaded,
    )


def _answer(found: Upload) -> str:
    if not found.answer:
        return ""
    detail = open_bytes(found.id, "answer", found.answer_detail).decode() if found.answer_detail else ""
    return answer_of(found.answer, limits_of(context_for(found.school, found.kind)), detail)


def one(upload: UUID) -> UploadView:
    """An upload. Refused (``intake.no_upload``) where there is none in reach."""
    return upload_view(_get(upload))


def of_application(application: UUID) -> UUID | None:
    """The upload that became this application, None where it came from a form or is out of reach."""
    return Upload.objects.filter(application=application).values_list("id", flat=True).first()


def uploads(school: UUID, *, limit: int = 50) -> list[UploadView]:
    """The uploads of a school, newest first, discarded ones left out."""
    found = Upload.objects.filter(school=school).exclude(state=UploadState.DISCARDED)
    return [upload_view(item) for item in found.defer("raw", "source", "result").order_by("-uploaded_at")[:limit]]


def _get(upload: UUID, *, whole: bool = False) -> Upload:
    query = Upload.objects.defer("raw") if whole else Upload.objects.defer("raw", "source", "result")
    found = query.filter(pk=upload).first()
    if found is None:
        raise Refused("intake.no_upload", "没有找到这份名册，它可能已经作废。")
    return found


def corrections_of(upload: UUID) -> list[Cell]:
    """The corrected cells of an upload, in clear."""
    from xueji.registry.intake.services.correcting import cell_of

    return [cell_of(item) for item in CellEdit.objects.filter(upload=upload)]


def corrected(found: Upload, source: Source) -> Source:
    """The rows as read, with the corrections of the page put in."""
    cells = corrections_of(found.id)
    if not cells:
        return source
    by_field: dict[str, dict[int, str]] = {}
    for cell in cells:
        by_field.setdefault(cell.field, {})[cell.row] = cell.value
    raw, headers = source.raw, dict(source.headers)
    catalogue = context_for(found.school, found.kind).catalogue
    for code, values in by_field.items():
        if code not in raw.columns:
            raw = raw.with_columns(pl.lit(None, dtype=pl.String).alias(code))
            headers[code] = catalogue[code].label
        changed = pl.col("row").replace_strict(values, default=None, return_dtype=pl.String)
        raw = raw.with_columns(changed.fill_null(pl.col(code)).alias(code))
    touched = pl.DataFrame(
        [(cell.row, cell.field) for cell in cells], schema={"row": pl.Int64, "field": pl.String}, orient="row"
    )
    left = source.cells.join(touched, on=["row", "field"], how="anti")
    structure = tuple(
        item for item in source.structure if item[1] != "file.missing_column" or item[3][0] not in by_field
    )
    return Source(raw, left, headers, structure, source.sheet, source.header_row)


def check_of(found: Upload, context: RuleContext) -> CheckResult:
    """The stored check of an upload, with the cells as they came (and were corrected), without running a rule."""
    if found.result is None or found.source is None:
        raise Refused("intake.not_checked", "这份名册还没有检查完，请稍候。")
    stored = open_result(found.id, found.result)
    source = corrected(found, open_source(found.id, found.source))
    raws = source.raw.select("row", *(pl.col(c).alias(f"raw:{c}") for c in source.raw.columns if c != "row"))
    frame = raws.join(stored.values, on="row", how="left", maintain_order="left")
    return CheckResult(
        rows=found.rows,
        clean=found.clean_rows,
        findings=stored.findings,
        frame=frame,
        headers=source.headers,
        context=context,
        header_row=source.header_row,
        sheet=source.sheet,
    )


def result_of(upload: UUID) -> CheckResult:
    """The check of an upload: ``.found()`` gives the findings in words, ``.frame`` the cells."""
    found = _get(upload, whole=True)
    return check_of(found, context_for(found.school, found.kind))


def cell_versions(upload: UUID) -> dict[tuple[int, str], int]:
    """(row, field) → version of the cells that were corrected; all others are 0."""
    found = CellEdit.objects.filter(upload=upload).values_list("row", "field", "version")
    return {(row, field): version for row, field, version in found}


def annotated(upload: UUID) -> bytes:
    """The workbook with the findings beside the cells (.xlsx)."""
    return write_annotated(result_of(upload))


def template(school: UUID, kind: str) -> tuple[str, bytes]:
    """File name and workbook (.xlsx) for a school to fill."""
    context = context_for(school, kind)
    return file_name(kind, context.school.code), write_template(context)


def preview(upload: UUID) -> Preview:
    """What lodging would write, class by class."""
    result = result_of(upload)
    frame = result.frame
    for code in ("site", "registration_number"):
        if code not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(code))
    given = pl.col("registration_number").is_not_null()
    groups = (
        frame.with_columns(pl.col("grade", "class_no").cast(pl.Int64, strict=False), pl.col("site").fill_null(""))
        .drop_nulls(["grade", "class_no"])
        .group_by("grade", "site", "class_no")
        .agg(pl.len(), given.sum().alias("numbered"))
        .sort("grade", "site", "class_no")
    )
    classes = tuple(
        ClassPreview(grade, class_no, site, pupils, numbered, pupils - numbered)
        for grade, site, class_no, pupils, numbered in groups.iter_rows()
    )
    doubtful = result.findings.filter(pl.col("code").str.starts_with("register."))
    return Preview(frame.height, classes, doubtful.get_column("row").n_unique())


#: What is compared with the household register when a class is proofread on paper.
PROOF_FIELDS: Sequence[str] = (
    "registration_number", "name", "gender", "birth_date", "ethnic_group", "id_document_type", "id_number",
    "enrolment_month", "guardian_1_name", "guardian_1_phone",
)  # fmt: skip


def proof_lists(upload: UUID) -> list[ProofList]:
    """One list a class, rows as they will be written (names of codes, not codes), for the proofreader's paper."""
    result = result_of(upload)
    context = result.context
    codes = [code for code in PROOF_FIELDS if code in result.frame.columns]
    headers = ("行", *(context.catalogue[code].label for code in codes))
    by_class: dict[tuple[int, str, int], list[tuple[str, ...]]] = {}
    for row, values in result.values():
        place = (int(values.get("grade", 0)), values.get("site", ""), int(values.get("class_no", 0)))
        shown = tuple(_shown(context, code, values.get(code)) for code in codes)
        by_class.setdefault(place, []).append((str(row), *shown))
    lists = []
    for (grade, site, class_no), rows in sorted(by_class.items()):
        title = f"{site}{grade} 年级 {class_no} 班 · {len(rows)} 人"
        lists.append(ProofList(title, headers, tuple(rows)))
    return lists


def _shown(context: RuleContext, code: str, value: str | None) -> str:
    table = context.catalogue[code].field.code_table
    if value is None:
        return ""
    return (context.rulebook.codes[table].name_of(value) or value) if table else value
