"""A trusted node's public key by its id: public as such, asked for by a school that holds a dossier against it."""

from typing import ClassVar

from django.db import migrations

SIGNING_KEY = """
CREATE FUNCTION exchange_signing_key(asked text)
RETURNS TABLE (code text, public bytea, revoked_on date, reason text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT k.peer_id, k.signing, k.revoked_on, k.reason FROM public.exchange_peerkey AS k WHERE k.key_id = asked
$$;
REVOKE ALL ON FUNCTION exchange_signing_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION exchange_signing_key(text) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0005_reconciliations")]
    operations: ClassVar = [migrations.RunSQL(SIGNING_KEY, "DROP FUNCTION exchange_signing_key(text)")]
