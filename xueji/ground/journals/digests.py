"""The digests of entries and blocks, as SQL expressions.

They are constants: journals written years ago must verify under the same text. ``verify`` uses
these expressions themselves and not the functions stored in the database, which a superuser could replace.

Content digest: SHA-256 of all clear columns, parted by the control character 31, followed by the commitment.
No column can hold that character: the texts are JSON, and the JSON columns keep the canonical text that was written
(type json, not jsonb: the very bytes are what is vouched for, and hashing them is five times as fast).
Day and moment are given as days and microseconds since 2000 and 1970, so that no session setting matters.
"""

#: Digest of a row ``e`` of ``journals_entry``.
CONTENT_DIGEST = r"""sha256(convert_to(concat_ws(E'\x1f', 'xueji-entry-1', e.organisation, e.sequence, e.block_no,
  e.entry_id, e.transaction_id, to_json(e.kind), coalesce(e.student::text, '-'), coalesce(e.student_seq::text, '-'),
  e.effective_on - date '2000-01-01', (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.operations, e.op_version,
  e.basis, to_json(e.rulebook_version), e.actor, coalesce(e.corrects::text, '-'), coalesce(e.data_key::text, '-'),
  (e.commitment IS NULL)::integer), 'UTF8') || coalesce(e.commitment, ''::bytea))"""


def block_digest(organisation: str, block_no: str, first: str, last: str, previous: str, digests: str) -> str:
    """SQL of a block's digest; the arguments are SQL expressions, ``digests`` the content digests in order."""
    return (
        f"sha256('xueji-block-1'::bytea || uuid_send({organisation}) || int8send({block_no})"
        f" || int8send({first}) || int8send({last}) || {previous} || {digests})"
    )
