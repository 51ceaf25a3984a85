"""The receipt of a package by its digest: signed, naming no pupil, and asked for by the sender's machine without a post."""

from typing import ClassVar

from django.db import migrations

RECEIPT = """
CREATE FUNCTION exchange_receipt(asked text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.receipt FROM public.exchange_package AS p
  WHERE p.direction = 'in' AND p.digest = asked AND p.receipt IS NOT NULL
  ORDER BY (p.state = 'accepted') DESC, p.at DESC LIMIT 1
$$;
REVOKE ALL ON FUNCTION exchange_receipt(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION exchange_receipt(text) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0003_messages")]
    operations: ClassVar = [migrations.RunSQL(RECEIPT, "DROP FUNCTION exchange_receipt(text)")]
