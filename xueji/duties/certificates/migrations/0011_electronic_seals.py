"""电子印章: seals that a competent bureau's head approved, and which of them a paper bears.

A seal is decided once and withdrawn once, and is never deleted; a paper bears only what was approved for its issuer (or
for the bureau that attested it), its kind and its day, and that is kept as the paper is.
"""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary
from django.db import migrations, models
from django.db.models import F, Q

from xueji.duties.certificates.seal_models import DaysFromTo
from xueji.ground.accounts.policies import VISIBLE, in_reach, rls

STATES = [
    ("proposed", "待批准"), ("approved", "已批准"), ("refused", "不予批准"), ("retracted", "已撤回"),
    ("withdrawn", "已停用"),
]  # fmt: skip

#: Whose papers bear a bureau's seal sees it: to print them.
_BUREAU = (
    "organisation IN (SELECT r.other_id FROM organisations_relation r "
    f"WHERE r.relation = 'competent_bureau' AND r.organisation_id IN {VISIBLE})"
)
POLICIES = rls("certificates_seal", read=f"({in_reach('organisation')} OR {_BUREAU})", write=in_reach("organisation"))

_PROPOSED = (
    "id", "organisation", "named", "use", "kinds", "starts_on", "ends_on", "reason", "digest", "document", "sealed",
    "proposed_by", "proposed_at",
)  # fmt: skip
_DECIDED = (*_PROPOSED, "bureau", "decided_by", "decided_at", "entry")
_SAID = (
    "id", "number", "kind", "student", "registration", "school", "purpose", "statement", "statement_digest",
    "register_digest", "issued_on", "valid_until", "issued_at", "issued_by", "line_id", "bureau", "attested_by",
    "replaces_id", "seals",
)  # fmt: skip


def _changed(names: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{side}.{name}" for name in names) for side in ("OLD", "NEW"))
    return f"ROW({old}) IS DISTINCT FROM ROW({new})"


KEPT = f"""
CREATE OR REPLACE FUNCTION certificates_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL OR {_changed(_SAID)} THEN
    RAISE EXCEPTION 'a paper that was issued is only voided, once' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION certificates_bear_approved_seals() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM jsonb_array_elements(NEW.seals) AS one WHERE NOT EXISTS (
      SELECT FROM certificates_seal s
      WHERE s.id = (one->>'seal')::uuid AND s.use = one->>'use' AND s.digest = one->>'digest' AND s.state = 'approved'
        AND s.organisation IN (NEW.school, NEW.bureau) AND s.kinds ? NEW.kind
        AND NEW.issued_on BETWEEN s.starts_on AND s.ends_on)) THEN
    RAISE EXCEPTION 'a paper bears no seal but one approved for its issuer, kind and day'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION certificates_seal_approver(seal_of uuid, day date) RETURNS uuid LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(
    (SELECT r.other_id FROM organisations_relation r
     WHERE r.organisation_id = seal_of AND r.relation = 'competent_bureau' AND r.started_on <= day
       AND (r.ended_on IS NULL OR r.ended_on > day)),
    (SELECT o.parent FROM organisations_organisation o WHERE o.id = seal_of), seal_of)
$$;
CREATE FUNCTION certificates_keep_seal() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  acting text := current_setting('xueji.organisation', true);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' OR acting IS DISTINCT FROM NEW.organisation::text THEN
      RAISE EXCEPTION 'a seal is proposed by whose seal it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR {_changed(_PROPOSED)}
     OR (OLD.state, NEW.state) NOT IN (('proposed', 'proposed'), ('proposed', 'approved'), ('proposed', 'refused'),
       ('proposed', 'retracted'), ('approved', 'withdrawn'))
     OR (OLD.state = 'approved' AND {_changed(_DECIDED)}) THEN
    RAISE EXCEPTION 'a seal is decided once, withdrawn once, and kept' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'approved' AND NOT (certificates_heads_alone(NEW.bureau)
      AND NEW.decided_by::text = current_setting('xueji.person', true)
      AND NEW.bureau = certificates_seal_approver(NEW.organisation, current_setting('xueji.today', true)::date)) THEN
    RAISE EXCEPTION 'the head of the competent bureau alone approves a seal' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION certificates_bear_approved_seals(), certificates_keep_seal() FROM PUBLIC;
CREATE TRIGGER certificates_bear_approved_seals BEFORE INSERT ON certificates_certificate
  FOR EACH ROW WHEN (NEW.seals <> '[]'::jsonb) EXECUTE FUNCTION certificates_bear_approved_seals();
CREATE TRIGGER certificates_keep_seal BEFORE INSERT OR UPDATE OR DELETE ON certificates_seal
  FOR EACH ROW EXECUTE FUNCTION certificates_keep_seal();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("certificates", "0010_ended"),
        ("organisations", "0001_initial"),
        ("accounts", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.AddField("certificate", "seals", models.JSONField(default=list)),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("organisation", models.UUIDField()),
                ("bureau", models.UUIDField()),
                ("named", models.TextField()),
                ("use", models.CharField(max_length=40)),
                ("kinds", models.JSONField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("reason", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("document", models.UUIDField()),
                ("sealed", models.CharField(max_length=64)),
                ("state", models.CharField(choices=STATES, default="proposed", max_length=16)),
                ("proposed_by", models.UUIDField()),
                ("proposed_at", models.DateTimeField()),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("entry", models.UUIDField(null=True)),
                ("withdrawn_by", models.UUIDField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdraw_reason", models.TextField(blank=True, default="")),
                ("withdrawal", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "certificates_seal",
                "indexes": [
                    models.Index(fields=["organisation", "-proposed_at"], name="certificates_seal_newest"),
                    models.Index(fields=["bureau", "state"], name="certificates_seal_bureau"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=["proposed", "approved", "refused", "retracted", "withdrawn"]),
                        name="certificates_seal_state",
                    ),
                    models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="certificates_seal_period"),
                    models.CheckConstraint(condition=~Q(kinds=[]), name="certificates_seal_some_kind"),
                    models.CheckConstraint(
                        condition=Q(
                            state__in=["approved", "withdrawn"],
                            decided_by__isnull=False,
                            decided_at__isnull=False,
                            entry__isnull=False,
                        )
                        | Q(
                            state__in=["proposed", "refused", "retracted"],
                            decided_by__isnull=True,
                            decided_at__isnull=True,
                            entry__isnull=True,
                        ),
                        name="certificates_seal_approved_whole",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            state="withdrawn",
                            withdrawn_by__isnull=False,
                            withdrawn_at__isnull=False,
                            withdrawal__isnull=False,
                        )
                        & ~Q(withdraw_reason="")
                        | ~Q(state="withdrawn")
                        & Q(
                            withdrawn_by__isnull=True,
                            withdrawn_at__isnull=True,
                            withdrawal__isnull=True,
                            withdraw_reason="",
                        ),
                        name="certificates_seal_withdrawn_whole",
                    ),
                    models.CheckConstraint(
                        condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                        name="certificates_seal_two_persons",
                    ),
                    models.UniqueConstraint(
                        fields=["organisation", "use"],
                        condition=Q(state="proposed"),
                        name="certificates_seal_one_proposed",
                    ),
                    ExclusionConstraint(
                        name="certificates_seal_one_at_a_time",
                        expressions=[
                            ("organisation", "="),
                            ("use", "="),
                            (
                                DaysFromTo(
                                    "starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)
                                ),
                                "&&",
                            ),
                        ],
                        condition=Q(state="approved"),
                    ),
                ],
            },
        ),
        migrations.RunSQL(POLICIES + KEPT, migrations.RunSQL.noop),
    ]
