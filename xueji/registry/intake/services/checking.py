"""Checking an upload: at once, or in the background with progress.

Three short transactions, so that progress is seen and no connection waits while a workbook is parsed.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import polars as pl
from django.db import transaction

from xueji.ground.accounts.context import acting
from xueji.ground.workbooks.reader import UnreadableWorkbook
from xueji.pure.kernel.environment import day_of, environment
from xueji.pure.kernel.types import Actor, Refused, Severity
from xueji.pure.rules import ALL_RULES, RuleContext, Scope, rules_in_force, run_rules
from xueji.registry.intake.checking import CheckResult, check_source, count_clean
from xueji.registry.intake.facts import context_for, register_facts
from xueji.registry.intake.limits import with_limits
from xueji.registry.intake.models import Upload, UploadState
from xueji.registry.intake.sealed import open_bytes, open_result, open_source, seal_bytes, seal_result, seal_source
from xueji.registry.intake.selectors import check_of, corrected, upload_view
from xueji.registry.intake.sources import Source, read_workbook
from xueji.registry.intake.types import UploadView


def check(*, actor: Actor, upload: UUID) -> UploadView:
    """Check an upload now; an unreadable file ends in the state ``unreadable`` with its answer, not in an exception.

    Joins an outer transaction. Raises Refused for a post that may not see it.
    """
    with acting(actor):
        begun = _begin(upload)
        context = context_for(begun.school, begun.kind)
        raw = open_bytes(upload, "raw", begun.raw)
    try:
        source = read_workbook(raw, context)
    except UnreadableWorkbook as refusal:
        with acting(actor):
            return _unreadable(upload, refusal)
    with acting(actor):
        Upload.objects.filter(pk=upload).update(progress=50)
    with acting(actor):
        return _store(upload, source, context)


def defer_check(*, actor: Actor, upload: UUID) -> None:
    """Have an upload checked by the worker; the job carries ids only and is dropped when the transaction is."""
    from xueji.registry.intake.tasks import check_upload

    check_upload.defer(
        upload=str(upload), person=str(actor.person), post=str(actor.post), organisation=str(actor.organisation)
    )


@transaction.atomic
def _begin(upload: UUID) -> Upload:
    found = Upload.objects.select_for_update().defer("source", "result").get(pk=upload)
    if found.state in (UploadState.LODGED, UploadState.DISCARDED):
        raise Refused("intake.closed", "这份名册已经申报或作废，不再检查。")
    found.state, found.progress = UploadState.CHECKING, 10
    found.save(update_fields=["state", "progress"])
    return found


@transaction.atomic
def _unreadable(upload: UUID, refusal: UnreadableWorkbook) -> UploadView:
    found = Upload.objects.select_for_update().defer("raw").get(pk=upload)
    found.state, found.progress, found.answer = UploadState.UNREADABLE, 100, refusal.answer
    found.answer_detail = seal_bytes(upload, "answer", refusal.detail.encode())
    found.source = found.result = None
    found.checked_at = environment().now()
    found.save(update_fields=["state", "progress", "answer", "answer_detail", "source", "result", "checked_at"])
    return upload_view(found)


@transaction.atomic
def _store(upload: UUID, source: Source, context: RuleContext) -> UploadView:
    found = Upload.objects.select_for_update().defer("raw", "result").get(pk=upload)
    found.source = seal_source(upload, source)
    result = check_source(corrected(found, source), context, register_facts(found.school))
    return store_result(found, result)


def store_result(found: Upload, result: CheckResult) -> UploadView:
    """Write a check's outcome into its upload's row."""
    counts = dict(result.findings.group_by("severity").agg(pl.len()).iter_rows())
    found.result = seal_result(found.id, result)
    found.state, found.progress, found.answer = UploadState.CHECKED, 100, ""
    found.rows, found.clean_rows = result.rows, result.clean
    found.errors = counts.get(str(Severity.ERROR), 0)
    found.queries = counts.get(str(Severity.QUERY), 0)
    found.notes = counts.get(str(Severity.NOTE), 0)
    found.rulebook_version = result.context.rulebook.version
    found.checked_at = environment().now()
    found.save(
        update_fields=[
            "source", "result", "state", "progress", "answer", "rows", "clean_rows", "errors", "queries", "notes",
            "rulebook_version", "checked_at", "revision",
        ]
    )  # fmt: skip
    return upload_view(found)


def confirm(found: Upload) -> CheckResult:
    """The check of an upload as of this moment: whole, or against the register alone.

    Rulebook and day are those of the last check in nearly every case; then its findings stand, and only the rules
    that ask the register run again.
    """
    context = context_for(found.school, found.kind)
    same_day = found.checked_at is not None and day_of(found.checked_at) == context.today
    if found.result is None or not same_day or found.rulebook_version != context.rulebook.version:
        return recheck(found)[1]
    stored = open_result(found.id, found.result)
    frame = _asked_of_register(stored.values)
    context = with_limits(frame, replace(context, register=register_facts(found.school)(frame)))
    anew = run_rules(frame, rules_in_force(context, (Scope.REGISTER,)), context)
    of_register = [rule.code for rule in ALL_RULES if rule.scope is Scope.REGISTER]
    findings = pl.concat([stored.findings.filter(~pl.col("code").is_in(of_register)), anew])
    if findings.height:
        return replace(check_of(found, context), findings=findings, clean=count_clean(frame.height, findings))
    headers = {code: code for code in stored.values.columns if code != "row"}
    rows = stored.values.height
    return CheckResult(rows, rows, findings, stored.values, headers, context)


#: What the register's rules and facts look at.
_REGISTER_FIELDS = ("registration_number", "id_document_type", "id_number", "name", "birth_date", "grade")


def _asked_of_register(values: pl.DataFrame) -> pl.DataFrame:
    """Canonical values as the rules' frame has them, of the fields that the register is asked about."""
    codes = [code for code in _REGISTER_FIELDS if code in values.columns]
    nothing = pl.lit(None, dtype=pl.String)
    born = (
        pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False) if "birth_date" in codes else pl.lit(None, pl.Date)
    )
    grade = pl.col("grade").cast(pl.Int64, strict=False) if "grade" in codes else pl.lit(None, pl.Int64)
    return values.select("row", *codes).with_columns(
        born.alias("_birth"),
        grade.alias("_grade"),
        *(pl.col(code).alias(f"{kind}:{code}") for code in codes for kind in ("raw", "text")),
        *(nothing.alias(f"kind:{code}") for code in codes),
    )


def recheck(found: Upload) -> tuple[UploadView, CheckResult]:
    """Check an upload's rows with its corrections again, in the caller's transaction."""
    if found.source is None:
        raise Refused("intake.not_checked", "这份名册还没有检查完，请稍候。")
    context = context_for(found.school, found.kind)
    source = corrected(found, open_source(found.id, found.source))
    result = check_source(source, context, register_facts(found.school))
    return store_result(found, result), result
