"""Rules: another computer with a program of next year writes what this one does not know."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from facturepro.domain.clock import parse_stamp
from facturepro.sync.remotes.base import RemoteDocument, Write
from facturepro.sync.remotes.paths import field_path
from tests.sync.fuzz.steps import COUNTED, Steps, which

NEWER = "ffffffffffff"
"""The computer with a newer version of the program."""


class NewerVersion(Steps):
    @rule(which=which, place=st.sampled_from(("field", "group", "line", "key", "kind")))
    def newer_version_writes(self, which: int, place: str) -> None:
        value = self.fresh()
        if place == "kind":
            key = ("mood", f"mood{which % 3}")
            self._foreign(key, ("fields", "text"), value, "text", RemoteDocument(*key, {"text": value}))
            return
        records = list(self.world.cloud.records.values())
        known = [r for r in records if r.kind in ("client", "product", "supplier") or self.is_draft(r)]
        if not known:  # all of it was deleted, half a year ago
            return
        record = known[which % len(known)]
        line = next((line_id for line_id, values in sorted(record.lines.items()) if values), None)
        if place == "line" and line is not None:
            values = {**(record.lines[line] or {}), "mood": value}
            written = RemoteDocument(*record.key, lines={line: values}, deleted=record.deleted)
            self._foreign(record.key, ("lines", line, "mood"), value, f"line:{line}", written, ("lines", line))
        elif place == "key":
            written = RemoteDocument(*record.key, extra={"mood": {"text": value}}, deleted=record.deleted)
            self._foreign(record.key, ("mood", "text"), value, "", written, ("mood",))
        else:
            group = "mood" if place == "field" else ("notes" if record.kind == "invoice" else "name")
            written = RemoteDocument(*record.key, {f"mood_{group}": value}, deleted=record.deleted)
            self._foreign(record.key, ("fields", f"mood_{group}"), value, group if group == "mood" else "", written)

    @staticmethod
    def is_draft(record: RemoteDocument) -> bool:
        return record.kind == "invoice" and record.fields.get("number") is None

    def _foreign(
        self,
        key: tuple[str, str],
        path: tuple[str, ...],
        value: str,
        group: str,
        document: RemoteDocument,
        written: tuple[str, ...] | None = None,
    ) -> None:
        """As every client must: above the stamp that is replaced, over the version that was seen."""
        cloud = self.world.cloud
        stored = cloud.records.get(key)
        before = parse_stamp(stored.clock.get(group, "0-0-x")).milliseconds if stored else 0
        milliseconds = max(int(self.world.time.at.timestamp() * 1000), before + 1)
        document.clock = {group: f"{milliseconds:012x}-0000-{NEWER}"} if group else {}
        document.device, document.schema = NEWER, 99
        mask = [field_path(*(written or path))] + [field_path("clock", group) for group in document.clock]
        cloud.apply([Write(document, stored.version if stored else None, tuple(mask) if stored else ())])
        self.world.foreign[(*key, *path)] = value
        COUNTED["newer version"] += 1
