"""The process that starts the workers and watches over them."""

import logging
import logging.config
import os
import tempfile
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, TaskImpl
from granian.http import HTTP1Settings

from . import logs
from .config import Config

# All headers of a request together; more is answered 431.
MAX_HEADERS = 16 * 1024
_HEADER_MILLISECONDS = 10_000
# granian counts open connections, those of a proxy that are kept alive included.
_CONNECTIONS = 20_000
_KILL_SECONDS = 20


def serve(config: Config) -> None:
    """Run until told to stop; the workers' last events are flushed."""
    settings = logs.settings(config.log_level)
    logging.config.dictConfig(settings)
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    host, port = config.address
    server = Granian(
        target="engagement_relay",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=config.workers,
        loop=Loops.uvloop,
        task_impl=TaskImpl.rust,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEADER_MILLISECONDS, max_buffer_size=MAX_HEADERS
        ),
        websockets=False,
        backlog=2048,
        backpressure=_CONNECTIONS,
        log_dictconfig=settings,
        log_access=False,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=_KILL_SECONDS,
    )
    with tempfile.TemporaryDirectory(prefix="engagement-relay-", dir=_memory()) as folder:
        # Before the library is loaded, here and in the workers.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        if config.metrics_address:
            from . import metrics

            metrics.listen(config.metrics_address, folder)
        logging.getLogger(__name__).info("listening", extra={"address": config.listen})
        server.serve(target_loader=partial(_load, config), wrap_loader=False)


def _memory() -> str | None:
    """For files that are mapped: on a disk that gets full, touching them would kill a worker."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None


def _load(config: Config) -> Any:
    from .app import App

    return App(config)
