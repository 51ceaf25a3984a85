"""The background worker's process: jobs from the database (started by ``xueji serve``)."""

from __future__ import annotations

import os

from xueji.config.home import Home
from xueji.config.startup import configure, settle


def main() -> None:
    """Work off jobs until asked to stop; a running job is given time to finish. First, left-over uploads go."""
    configure(Home.current())
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    from xueji.ground.accounts.context import permit_system
    from xueji.ground.documents.services import sweep

    permit_system()
    sweep()
    settle()
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    with app.replace_connector(connector.get_worker_connector()):
        app.run_worker(
            concurrency=int(os.environ.get("XUEJI_JOBS", "1")),
            shutdown_graceful_timeout=20,
        )


if __name__ == "__main__":
    main()
