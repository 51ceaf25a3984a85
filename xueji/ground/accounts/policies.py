"""SQL of the row-level policies, for the migrations of all rooms (design §4, invariant 10).

Each room that keeps rows of a school or of a pupil calls one of the two
builders in a ``RunSQL`` of its migration::

    migrations.RunSQL(enable_rls("intake_batch", "school"), migrations.RunSQL.noop)

The policies read ``accounts_access`` by equality, every subquery stands in
``(SELECT …)``, so that it runs once a statement. They are the safety net: a
selector filters by school or student too, so that its index serves (an OR of
policies cannot use one).

No policy speaks of a role name of the server: the owner of the tables passes by
row-level security, everyone else is the application.
"""

from __future__ import annotations

from collections.abc import Sequence

VIEWER = "(SELECT nullif(current_setting('xueji.viewer', true), '')::uuid)"
ORGANISATION = "(SELECT nullif(current_setting('xueji.organisation', true), '')::uuid)"
PERSON = "(SELECT nullif(current_setting('xueji.person', true), '')::uuid)"
ROLE = "(SELECT coalesce(current_setting('xueji.role', true), ''))"
LEVEL = "(SELECT coalesce(current_setting('xueji.level', true), ''))"
LOGIN = "(SELECT nullif(current_setting('xueji.login', true), ''))"
SYSTEM = "(SELECT coalesce(current_setting('xueji.role', true), '') = 'system')"

#: What may be read is wider by one: a return is counted over pupils who have moved away since (``context.counting``).
READS_ALL = "(SELECT coalesce(current_setting('xueji.role', true), '') IN ('system', 'counting'))"

#: Organisations whose pupils the viewer may see. Empty for posts that see no pupils.
VISIBLE = f"(SELECT a.organisation FROM accounts_access a WHERE a.viewer = {VIEWER})"
#: Organisations of which a post may see what is not about pupils: accounts, logs, states of returns.
JURISDICTION = f"(SELECT a.organisation FROM accounts_access a WHERE a.viewer = {ORGANISATION})"
#: Organisations that a deciding step opened inside this transaction.
GRANTED = "(SELECT g.organisation FROM accounts_grant g WHERE g.xid = (SELECT pg_current_xact_id_if_assigned()))"
ANY_GRANT = "(SELECT EXISTS (SELECT FROM accounts_grant g WHERE g.xid = pg_current_xact_id_if_assigned()))"
SIGNED_IN = f"({PERSON} IS NOT NULL OR {SYSTEM})"
#: Posts that keep accounts and posts of their jurisdiction. A bureau's clerk and head keep those below them, never
#: their own bureau's and no administrator's: or whoever prepares could make himself the one who decides.
KEEPS_ACCOUNTS = f"({SYSTEM} OR {ROLE} IN ('security_admin', 'clerk', 'head'))"

WRITES = ("INSERT", "UPDATE")


def in_reach(column: str, organisations: str = VISIBLE) -> str:
    """Condition: the row's organisation is the viewer's, or opened for this transaction, or the system works."""
    return f"({SYSTEM} OR {column} IN {organisations} OR {column} IN {GRANTED})"


def policy(table: str, command: str, *, using: str = "", check: str = "") -> str:
    """One permissive policy, named ``<table>_<command>``."""
    if command == "SELECT":
        using = using.replace(SYSTEM, READS_ALL)
    parts = [f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command}"]
    if using:
        parts.append(f"USING ({using})")
    if check:
        parts.append(f"WITH CHECK ({check})")
    return " ".join(parts) + ";\n"


def _write_policies(table: str, condition: str, writes: Sequence[str]) -> str:
    made = []
    for command in writes:
        using = "" if command == "INSERT" else condition
        check = "" if command == "DELETE" else condition
        made.append(policy(table, command, using=using, check=check))
    return "".join(made)


def rls(table: str, *, read: str, write: str, writes: Sequence[str] = WRITES) -> str:
    """Row-level security of a table by two conditions; no policy, hence nothing, for what is not in ``writes``."""
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
        + policy(table, "SELECT", using=read)
        + _write_policies(table, write, writes)
    )


def enable_rls(
    table: str, organisation_column: str, *, about_pupils: bool = True, writes: Sequence[str] = WRITES
) -> str:
    """SQL for a table whose rows belong to one organisation.

    ``about_pupils=False`` opens the rows also to the posts that see no pupil
    (administrators, research), as far as their organisation's jurisdiction goes. ``writes`` names the commands that get
    a policy; ``("INSERT",)`` makes the table append-only for the application.
    """
    condition = in_reach(organisation_column, VISIBLE if about_pupils else JURISDICTION)
    return rls(table, read=condition, write=condition, writes=writes)


def party_sees(table: str, student_column: str) -> str:
    """Condition: an organisation in the viewer's access is party to the pupil's matters now."""
    return (
        f"EXISTS (SELECT FROM accounts_party p WHERE p.student = {table}.{student_column} "
        f"AND p.up_to IS NULL AND p.organisation IN {VISIBLE})"
    )


def enable_rls_student(
    table: str,
    student_column: str,
    holder_column: str,
    *,
    attends_column: str | None = None,
    writes: Sequence[str] = WRITES,
) -> str:
    """SQL for a table whose rows are about one pupil (design §4 "Who sees a child that moved").

    Seen by the holder's viewers, the attending school's (``attends_column``,
    where the table has one), and the parties of ``accounts_party``. Written
    where the holder is in reach.
    """
    holder = in_reach(holder_column)
    read = [holder, party_sees(table, student_column)]
    if attends_column:
        read.append(f"{attends_column} IN {VISIBLE}")
    return rls(table, read=" OR ".join(read), write=holder, writes=writes)


def enable_rls_through(
    table: str, parent: str, parent_key: str, foreign_key: str, *, writes: Sequence[str] = WRITES
) -> str:
    """SQL for a table whose rows are seen with the row of ``parent`` that they belong to."""
    condition = f"EXISTS (SELECT FROM {parent} up WHERE up.{parent_key} = {table}.{foreign_key})"
    return rls(table, read=condition, write=condition, writes=writes)


def append_only(table: str) -> str:
    """A trigger that refuses UPDATE, DELETE and TRUNCATE to everybody, superusers' replication mode included."""
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();\n"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;\n"
    )
