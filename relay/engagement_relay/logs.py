"""Structured logs: a JSON object a line, without tokens and addresses of people."""

import json
import logging
import re
import time
from typing import Any

# What a token looks like, wherever it got into a text: an exception, a foreign library's message.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{45,}")
_STANDARD = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime", "taskName"}


class Decided(logging.Filter):
    """Leaves out what is said at each start of a choice that was made on purpose: granian's own
    tasks, which edge/waiting.py is written for and whose version pyproject.toml limits.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return "task implementation is experimental" not in record.getMessage()


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        values = {
            "at": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        values |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        return _TOKEN.sub("(token)", json.dumps(values, default=str))


def settings(level: str) -> dict[str, Any]:
    """For ``logging.config.dictConfig``."""
    handler = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": f"{__name__}.JsonFormatter"}},
        "filters": {"decided": {"()": f"{__name__}.Decided"}},
        "handlers": {"stderr": handler},
        "loggers": {
            "engagement_relay": {"level": level.upper()},
            "_granian": {
                "level": "WARNING",
                "handlers": ["stderr"],
                "filters": ["decided"],
                "propagate": False,
            },
            # They name what was asked for.
            "aiohttp": {"level": "ERROR"},
            "asyncio": {"level": "ERROR"},
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
    }
