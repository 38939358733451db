"""Field paths of update masks as Firestore writes them: segments joined by dots, quoted when not plain names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*\Z")
_SEGMENT = re.compile(r"`((?:[^`\\]|\\.)*)`|([^.`]+)")


def field_path(*segments: str) -> str:
    """``field_path("lines", "0193-ab.c")`` -> ``lines.`0193-ab.c```."""
    return ".".join(_quoted(segment) for segment in segments)


@lru_cache(maxsize=4096)
def split_path(path: str) -> tuple[str, ...]:
    """The segments of a path; unquoted segments may hold dashes.

    Raises:
        ValueError: the path is empty or badly quoted.
    """
    segments: list[str] = []
    position = 0
    while True:
        match = _SEGMENT.match(path, position)
        if match is None:
            raise ValueError(f"not a field path: {path!r}")
        quoted, plain = match.groups()
        segments.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain)
        position = match.end()
        if position == len(path):
            return tuple(segments)
        if path[position] != ".":
            raise ValueError(f"not a field path: {path!r}")
        position += 1


def outermost(paths: Iterable[str]) -> list[tuple[str, ...]]:
    """The split paths without those that lie under another one (a mask with both would be refused), sorted."""
    kept: list[tuple[str, ...]] = []
    for path in sorted({split_path(path) for path in paths}):
        if not kept or path[: len(kept[-1])] != kept[-1]:
            kept.append(path)
    return kept


MISSING = object()


def value_at(tree: dict[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at a path, or MISSING."""
    node: Any = tree
    for segment in path:
        if not isinstance(node, dict) or segment not in node:
            return MISSING
        node = node[segment]
    return node


def put_at(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Puts a value at a path, making the dicts on the way; MISSING takes it away."""
    node = tree
    for segment in path[:-1]:
        child = node.get(segment)
        if not isinstance(child, dict):
            if value is MISSING:
                return
            child = node[segment] = {}
        node = child
    if value is MISSING:
        node.pop(path[-1], None)
    else:
        node[path[-1]] = value


def _quoted(segment: str) -> str:
    if _PLAIN.match(segment):
        return segment
    escaped = segment.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
