"""The central series as the cloud holds it: what must be true of it at every moment, whoever died while taking a number."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from facturepro.domain.numbering import is_central
from facturepro.sync.remotes.base import RemoteDocument, SeriesHead
from facturepro.sync.remotes.memory import MemoryCloud


class CentralSeries:
    """Remembers which document got which number, so that a number given twice is seen even after it was taken back."""

    def __init__(self, cloud: MemoryCloud) -> None:
        self._cloud = cloud
        self.given: dict[str, tuple[Any, ...]] = {}

    def check(self) -> None:
        """Invariant 6 in central mode: 1, 2, 3 ... as far as the counter says; dates and seals follow each other."""
        issued = [record for record in self._cloud.records.values() if self._is_issued(record)]
        series: dict[str, list[RemoteDocument]] = defaultdict(list)
        for record in issued:
            if is_central(str(record.fields["series"])):
                series[str(record.fields["series"])].append(record)
        assert series.keys() == self._cloud.counters.keys(), (
            "a series without its counter, or a counter without its series"
        )
        for key, records in series.items():
            self._check_one(key, sorted(records, key=lambda record: int(record.fields["counter"])))
        self._check_given([record for records in series.values() for record in records])

    @staticmethod
    def _is_issued(record: RemoteDocument) -> bool:
        return record.kind == "invoice" and record.fields.get("number") is not None

    def _check_one(self, key: str, records: list[RemoteDocument]) -> None:
        counters = [int(record.fields["counter"]) for record in records]
        assert counters == list(range(1, len(records) + 1)), f"{key}: {counters}"
        days = [str(record.fields["issued_on"]) for record in records]
        assert days == sorted(days), f"the dates of {key} go back: {days}"
        links = [str(record.fields["previous_hash"]) for record in records]
        seals = [str(record.fields["hash"]) for record in records]
        assert links[1:] == seals[:-1], f"the chain of {key} is broken"
        assert self._cloud.counters[key] == SeriesHead(len(records), days[-1], seals[-1]), f"the counter of {key}"

    def _check_given(self, records: list[RemoteDocument]) -> None:
        now = {str(record.fields["number"]): (record.id, record.fields["hash"]) for record in records}
        assert len(now) == len(records), "one number on two documents"
        for number, document in self.given.items():
            assert now.get(number) == document, f"{number} was taken from {document} and is {now.get(number)}"
        self.given = now
