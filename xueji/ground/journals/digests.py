"""The digests of entries and blocks, as SQL expressions.

They are constants: journals written years ago must verify under the same text. ``verify`` uses
these expressions themselves and not the functions stored in the database, which a superuser could replace.

Content digest: SHA-256 of the text of a jsonb array of all clear columns, followed by the commitment. The text
of jsonb is canonical (keys ordered, no duplicates, fixed spacing); the moment is given as microseconds since
1970, so that no session setting matters.
"""

ZERO_DIGEST = bytes(32)

#: Digest of a row ``e`` of ``journals_entry``.
CONTENT_DIGEST = """sha256(convert_to(jsonb_build_array('xueji-entry-1', e.organisation, e.sequence, e.block_no,
  e.entry_id, e.transaction_id, e.kind, e.student, e.student_seq, e.effective_on,
  (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.operations, e.op_version, e.basis, e.rulebook_version,
  e.actor, e.corrects, e.data_key, e.commitment IS NULL)::text, 'UTF8') || coalesce(e.commitment, ''::bytea))"""


def block_digest(organisation: str, block_no: str, first: str, last: str, previous: str, digests: str) -> str:
    """SQL of a block's digest; the arguments are SQL expressions, ``digests`` the content digests in order."""
    return (
        f"sha256('xueji-block-1'::bytea || uuid_send({organisation}) || int8send({block_no})"
        f" || int8send({first}) || int8send({last}) || {previous} || {digests})"
    )
