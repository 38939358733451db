"""The log files: rotating, one JSON object a line, without client names, amounts, tokens or passwords.

Callers log codes and counts, never values. A traceback is kept as its frames; its message passes through ``redact``.
"""

import logging
import re
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

FILE_NAME = "facturepro.log"
MAXIMUM_BYTES = 1_000_000
KEPT_FILES = 5
_SECRETS = re.compile(r"[\w.+-]+@[\w.-]+|[A-Za-z0-9_\-]{24,}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»")
_DIGITS = re.compile(r"\d+")

_configured: set[Path] = set()


def folder(data_dir: Path) -> Path:
    return data_dir / "logs"


def redact(text: str) -> str:
    """What a message says without the values in it."""
    return _DIGITS.sub("#", _QUOTED.sub("'…'", _SECRETS.sub("…", text)))


def logger(data_dir: Path) -> Any:
    """The program's structured logger, writing under ``data_dir``; without a place to write, it stays silent."""
    import structlog  # 120 ms: only when there is something to log

    if data_dir not in _configured:
        _configured.add(data_dir)
        _configure(data_dir)
    return structlog.get_logger("facturepro")


def _configure(data_dir: Path) -> None:
    import structlog

    root = logging.getLogger("facturepro")
    root.setLevel(logging.INFO)
    root.propagate = False
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    handler: logging.Handler
    try:
        folder(data_dir).mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder(data_dir) / FILE_NAME, maxBytes=MAXIMUM_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()  # a full disk or a read-only folder must not hide the error that is reported
    root.addHandler(handler)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.raiseExceptions = False


def log(event: str, folder: Path, **facts: Any) -> None:
    logger(folder).info(event, **facts)


def log_failure(event: str, error: BaseException, folder: Path, **facts: Any) -> None:
    """A bug: type, redacted message and frames (no source values)."""
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    logger(folder).error(event, type=type(error).__name__, message=redact(str(error))[:500], frames=frames, **facts)
