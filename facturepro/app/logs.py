"""The log files: rotating, one JSON object a line, without client names, amounts, tokens or passwords.

Callers log codes and counts, never values. A traceback is kept as its frames; its message passes through ``redact``.
"""

import json
import logging
import re
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

FILE_NAME = "facturepro.log"
MAXIMUM_BYTES = 1_000_000
KEPT_FILES = 5
_NAME = "facturepro"
_SECRETS = re.compile(r"[\w.+-]+@[\w.-]+|[A-Za-z0-9_\-]{24,}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»")
_DIGITS = re.compile(r"\d+")

_handlers: list[logging.Handler] = []


def folder(data_dir: Path) -> Path:
    return data_dir / "logs"


def redact(text: str) -> str:
    """What a message says without the values in it."""
    return _DIGITS.sub("#", _QUOTED.sub("'…'", _SECRETS.sub("…", text)))


def route(data_dir: Callable[[], Path], is_verbose: bool = False) -> None:
    """From here on every line of this program and its libraries goes to the log file, and none to a person's screen.

    ``data_dir`` is asked with the first line: until the command line is read, nobody knows. ``is_verbose``: the lines are
    shown on stderr as well.
    """
    _give_to(_LogFile(data_dir), *([logging.StreamHandler()] if is_verbose else []))


def logger(data_dir: Path) -> Any:
    """The program's structured logger, writing under ``data_dir``; without a place to write, it stays silent."""
    import structlog  # 120 ms: only when there is something to log

    if not any(isinstance(one, _LogFile) and one.data_dir() == data_dir for one in _handlers):
        route(lambda: data_dir)
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
    return structlog.get_logger(_NAME)


class _LogFile(logging.Handler):
    """The log file, opened with its first line."""

    def __init__(self, data_dir: Callable[[], Path]) -> None:
        super().__init__()
        self.data_dir = data_dir
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            self._file = _file(self.data_dir())
        self._file.handle(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()


class _Line(logging.Formatter):
    """One JSON object a line, as the structured logger writes them; a traceback is its frames."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == _NAME:
            return record.getMessage()  # from the structured logger, which has written the line already
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        line = {"event": record.getMessage(), "logger": record.name, "level": record.levelname.lower(), "timestamp": at}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _facts(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _file(data_dir: Path) -> logging.Handler:
    handler: logging.Handler
    try:
        folder(data_dir).mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder(data_dir) / FILE_NAME, maxBytes=MAXIMUM_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()  # a full disk or a read-only folder must not hide the error that is reported
    handler.setFormatter(_Line())
    return handler


def _give_to(*handlers: logging.Handler) -> None:
    """This program's lines from INFO on, those of its libraries from WARNING on."""
    own = logging.getLogger(_NAME)
    own.setLevel(logging.INFO)
    own.propagate = False
    logging.raiseExceptions = False
    for one in (own, logging.getLogger()):
        for old in _handlers:
            one.removeHandler(old)
        for handler in handlers:
            one.addHandler(handler)
    for old in _handlers:
        old.close()
    _handlers[:] = handlers


def log(event: str, folder: Path, **facts: Any) -> None:
    logger(folder).info(event, **facts)


def log_failure(event: str, error: BaseException, folder: Path, **facts: Any) -> None:
    """A bug: type, redacted message and frames (no source values)."""
    logger(folder).error(event, **_facts(error), **facts)


def _facts(error: BaseException) -> dict[str, Any]:
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {"type": type(error).__name__, "message": redact(str(error))[:500], "frames": frames}
