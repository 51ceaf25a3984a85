"""Orders, blanks and printers are seen and written where their school is in reach. What a bureau's head attested is
frozen: the order, its lines and the papers made of them; a blank is used once and kept for ever."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import enable_rls

POLICIES = (
    enable_rls("certificates_order", "school")
    + enable_rls("certificates_orderline", "school")
    + enable_rls("certificates_blank", "school")
    + enable_rls("certificates_printer", "school", writes=("INSERT", "UPDATE", "DELETE"))
)

_SAID = (
    "id", "number", "kind", "student", "registration", "school", "purpose", "statement", "statement_digest",
    "register_digest", "issued_on", "valid_until", "issued_at", "issued_by", "line_id", "bureau", "attested_by",
)  # fmt: skip
_OF_LINE = ("id", "order_id", "row_no", "kind", "school", "student", "registration", "archive")
_OF_ORDER = ("id", "kind", "school", "stage", "requested_at")


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
CREATE FUNCTION certificates_borne_out() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.line_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM certificates_orderline l JOIN certificates_order o ON o.id = l.order_id
      WHERE l.id = NEW.line_id AND l.state = 'attested' AND l.kind = NEW.kind AND l.student = NEW.student
        AND l.registration = NEW.registration AND l.school = NEW.school AND l.claim_digest = NEW.register_digest
        AND o.bureau = NEW.bureau) THEN
    RAISE EXCEPTION 'an attested paper says what was attested' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION certificates_heads_alone(bureau uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT current_setting('xueji.role', true) = 'head' AND current_setting('xueji.organisation', true) = bureau::text
$$;
CREATE FUNCTION certificates_keep_line() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  held certificates_order;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a claim is kept' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT * INTO held FROM certificates_order o WHERE o.id = NEW.order_id;
  IF held.state IS NULL OR held.state NOT IN ('requested', 'sent_back') OR held.school <> NEW.school
     OR held.kind <> NEW.kind THEN
    RAISE EXCEPTION 'a decided order is never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ({_changed(_OF_LINE)} OR (held.state <> 'sent_back' AND
      (OLD.state <> 'claimed' OR {_changed(("claim", "claim_digest"))}))) THEN
    RAISE EXCEPTION 'a claim is changed only where it was sent back' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'attested' AND (TG_OP = 'INSERT' OR held.state <> 'requested'
      OR NOT certificates_heads_alone(held.bureau)) THEN
    RAISE EXCEPTION 'the bureau''s head alone attests' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION certificates_keep_order() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state NOT IN ('requested', 'sent_back') OR {_changed(_OF_ORDER)} THEN
    RAISE EXCEPTION 'a decided order is never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'attested' AND (NOT certificates_heads_alone(NEW.bureau) OR NEW.digest = '' OR EXISTS (
      SELECT FROM certificates_orderline l WHERE l.order_id = NEW.id AND (l.state = 'claimed' OR (l.state = 'attested'
        AND NOT EXISTS (SELECT FROM certificates_certificate c WHERE c.line_id = l.id))))) THEN
    RAISE EXCEPTION 'an order is attested whole, by the bureau''s head' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION certificates_keep_blank() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'spoilt' OR (OLD.state = 'used' AND NEW.state <> 'spoilt')
     OR (OLD.certificate_id IS NOT NULL AND NEW.certificate_id IS DISTINCT FROM OLD.certificate_id)
     OR {_changed(("id", "kind", "serial", "school", "received_on", "received_by"))} THEN
    RAISE EXCEPTION 'a blank is used once, or spoilt, and kept' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION certificates_borne_out(), certificates_keep_line(), certificates_keep_order(),
  certificates_keep_blank() FROM PUBLIC;
CREATE TRIGGER certificates_borne_out BEFORE INSERT ON certificates_certificate
  FOR EACH ROW EXECUTE FUNCTION certificates_borne_out();
CREATE TRIGGER certificates_keep_line BEFORE INSERT OR UPDATE OR DELETE ON certificates_orderline
  FOR EACH ROW EXECUTE FUNCTION certificates_keep_line();
CREATE TRIGGER certificates_keep_order BEFORE UPDATE OR DELETE ON certificates_order
  FOR EACH ROW EXECUTE FUNCTION certificates_keep_order();
CREATE TRIGGER certificates_keep_blank BEFORE UPDATE OR DELETE ON certificates_blank
  FOR EACH ROW EXECUTE FUNCTION certificates_keep_blank();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0004_attestation"), ("accounts", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(POLICIES + KEPT, migrations.RunSQL.noop)]
