"""The web server's process (started by ``xueji serve``): loads the pages once, then forks its workers.

The workers share what was loaded before the fork; loaded in each, two would need 120 MB more. No connection is
open at that moment, and no thread runs but the housekeepers of polars' allocator, which are made for it.
"""

from __future__ import annotations

import gc
from importlib import import_module

import click
from django.urls import get_resolver
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server


@click.command()
@click.option("--host", required=True)
@click.option("--port", required=True, type=int)
@click.option("--workers", required=True, type=int)
@click.option("--threads", required=True, type=int)
def main(host: str, port: int, workers: int, threads: int) -> None:
    """Serve until stopped."""
    import_module("xueji.config.wsgi")
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    Server(
        "xueji.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        blocking_threads_idle_timeout=600,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
    ).serve()


if __name__ == "__main__":
    main()
