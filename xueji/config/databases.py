"""The two connections: ``default`` as the application role, ``owner`` for migrations (design §4, ADR 0002)."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from xueji.config.home import Home
from xueji.config.postgres import DATABASE, OWNER, PORT

#: Holds what the application may do; never logs in. Migrations grant to and revoke from this name.
APPLICATION_GROUP = "xueji_application"


def login_role(database: str) -> str:
    """Name of the role that the application logs in as, one a database."""
    return f"xueji_app_{re.sub(r'[^a-z0-9_]', '_', database.lower())}"[:63]


def database_url() -> str | None:
    """``DATABASE_URL`` of the owner, or None: the embedded server."""
    return os.environ.get("DATABASE_URL") or None


def _stored(home: Home, name: str) -> str:
    path = home.keys / "app_role.json"
    return str(json.loads(path.read_text(encoding="utf-8")).get(name, "")) if path.exists() else ""


def owner_parameters(home: Home) -> dict[str, Any]:
    """libpq parameters of the owner. Reads only: a home that is not prepared yet gives empty passwords."""
    url = database_url()
    if url is not None:
        return {"dbname": DATABASE, **conninfo_to_dict(url)}
    socket = str(home.run / "pg")
    note = home.run / "location.json"
    if note.exists():
        socket = json.loads(note.read_text(encoding="utf-8"))["socket"]
    return {"host": socket, "port": PORT, "user": OWNER, "password": _stored(home, "owner"), "dbname": DATABASE}


def owner_conninfo(home: Home, database: str | None = None) -> str:
    """libpq connection string of the owner, to ``database`` or the installation's own."""
    parameters = owner_parameters(home)
    return make_conninfo("", **{**parameters, **({"dbname": database} if database else {})})


def application_parameters(home: Home) -> dict[str, Any]:
    """libpq parameters of the application's login role."""
    owner = owner_parameters(home)
    return {**owner, "user": login_role(owner["dbname"]), "password": _stored(home, "application")}


def _django(parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    database: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}, **more}
    for name, value in parameters.items():
        if name in known:
            database[known[name]] = str(value)
        else:
            database["OPTIONS"][name] = value
    return database


#: Statements are prepared at their third run on a connection: planning under row-level security costs more than
#: running them. A pooler between must keep prepared statements (PgBouncer from 1.21 on).
_PREPARED = {"server_side_binding": True, "prepare_threshold": 3}


def django_databases(home: Home) -> dict[str, dict[str, Any]]:
    """``DATABASES``: persistent connections for the application, short ones for the owner."""
    return {
        "default": _django(
            application_parameters(home), CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True, OPTIONS=dict(_PREPARED)
        ),
        "owner": _django(owner_parameters(home), CONN_MAX_AGE=0, TEST={"MIRROR": "default"}),
    }


class OwnerMigrates:
    """Tables are made by the owner alone; everything is read and written as the application."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return None

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
