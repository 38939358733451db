"""What every home of the records promises, held against each of them (``HOMES`` in ``conftest.py``)."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from facturepro.db.replication_digest import bucket_of, document_digest
from facturepro.sync.remotes.base import (
    Batch,
    CompanyMissing,
    DateGoesBack,
    Numbered,
    PreconditionFailed,
    RemoteDocument,
    SeriesBehind,
    SeriesHead,
    StreamState,
    Summary,
    Write,
    WriteRejected,
)

ID = "0193b0c4-7a11-7c2e-9a51-1d2f3a4b5c6d"
LINE = "0193b0c4-7a11-7c2e-9a51-000000000001"
OTHER_LINE = "0193b0c4-7a11-7c2e-9a51-000000000002"


def client(id: str = ID, **fields: Any) -> RemoteDocument:
    return RemoteDocument("client", id, fields or {"name": "Durand"}, {}, {"name": "1"}, "d1", "op1", 3)


def updated(stored: RemoteDocument, *mask: str, op: str = "op2") -> Write:
    stored.op = op
    return Write(stored, stored.version, mask)


def one(remote: Any, kind: str = "client", id: str = ID) -> RemoteDocument:
    found = remote.get([(kind, id)])[(kind, id)]
    assert found is not None
    return found


def everything(remote: Any, since: str | None = None, page_size: int = 500) -> list[RemoteDocument]:
    return [document for page in remote.changes_since(since, page_size) for document in page.documents]


class Heard:
    """Collects what a listener puts on its queue."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Batch | StreamState] = queue.Queue()
        self.batches: list[Batch] = []
        self.states: list[str] = []

    def until(self, is_enough: Callable[[Heard], bool], seconds: float = 10.0) -> Heard:
        deadline = time.monotonic() + seconds
        while not is_enough(self):
            event = self.queue.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, Batch):
                self.batches.append(event)
            else:
                self.states.append(event.state)
        return self

    @property
    def documents(self) -> list[RemoteDocument]:
        return [document for batch in self.batches for document in batch.documents]

    def live(self) -> Heard:
        return self.until(lambda heard: "live" in heard.states)


def test_the_package_loads_no_network_library() -> None:
    code = (
        "import sys, facturepro.sync.remotes, facturepro.sync.remotes.base, facturepro.sync.remotes.memory;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'google', 'grpc', 'proto'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_created_record_comes_back_whole(remote: Any) -> None:
    document = RemoteDocument(
        kind="credit_note",
        id=ID,
        fields={"text": "Éléphant’s", "zero": 0, "big": 2**62, "no": False, "nothing": None, "list": [1, {"a": []}]},
        lines={LINE: {"quantity": 3, "empty": {}}, OTHER_LINE: None},
        clock={"name": "0190-1", "address": "0190-2"},
        device="d1",
        op="op1",
        schema=7,
        deleted=True,
        extra={"from_a_newer_version": {"deep": [1, 2]}, "with-dash": True},
    )
    result = remote.commit([Write(document)])
    stored = one(remote, "credit_note")
    assert stored.version == result.versions[0] == result.commit_time
    assert stored.updated_at is not None
    document.version, document.updated_at = stored.version, stored.updated_at
    document.digest, document.bucket = document_digest(document), bucket_of(ID)
    assert stored == document


def test_what_is_not_there_is_none(remote: Any) -> None:
    remote.commit([Write(client())])
    found = remote.get([("client", "gone"), ("client", ID)])
    assert found[("client", "gone")] is None
    assert found[("client", ID)] is not None
    assert remote.get([]) == {}


def test_a_mask_leaves_everything_else_alone(remote: Any) -> None:
    document = client(name="Durand", phone="1", city="Lyon")
    document.lines = {LINE: {"q": 1}, OTHER_LINE: {"q": 2}}
    document.clock = {"name": "1", "contact": "1"}
    document.extra = {"newer": 1}
    version = remote.commit([Write(document)]).versions[0]
    change = RemoteDocument(
        "client",
        ID,
        {"name": "not sent", "phone": "2"},
        {LINE: {"q": 9}},
        {"name": "no", "contact": "2"},
        "d2",
        "op2",
        4,
        True,
    )
    result = remote.commit([Write(change, version, ("fields.phone", "clock.contact", f"lines.{LINE}"))])
    stored = one(remote)
    assert stored.fields == {"name": "Durand", "phone": "2", "city": "Lyon"}
    assert stored.lines == {LINE: {"q": 9}, OTHER_LINE: {"q": 2}}
    assert stored.clock == {"name": "1", "contact": "2"}
    assert stored.extra == {"newer": 1}
    assert (stored.device, stored.op, stored.schema, stored.deleted) == ("d2", "op2", 4, True)
    assert stored.version == result.versions[0] > version


def test_a_masked_path_without_value_is_erased(remote: Any) -> None:
    document = client(name="Durand", phone="1")
    document.lines = {LINE: {"q": 1}, OTHER_LINE: {"q": 2}}
    document.extra = {"newer": 1}
    document.version = remote.commit([Write(document)]).versions[0]
    del document.fields["phone"], document.lines[LINE], document.extra["newer"]
    remote.commit([updated(document, "fields.phone", f"lines.{LINE}", "newer", "fields.never_was")])
    stored = one(remote)
    assert (stored.fields, stored.lines, stored.extra) == ({"name": "Durand"}, {OTHER_LINE: {"q": 2}}, {})


def test_one_cell_of_a_line_and_a_removed_line(remote: Any) -> None:
    document = client()
    document.lines = {LINE: {"q": 1, "text": "a"}, OTHER_LINE: {"q": 2}}
    document.version = remote.commit([Write(document)]).versions[0]
    document.lines = {LINE: {"q": 5, "text": "not sent"}, OTHER_LINE: None}
    remote.commit([updated(document, f"lines.{LINE}.q", f"lines.`{OTHER_LINE}`")])
    assert one(remote).lines == {LINE: {"q": 5, "text": "a"}, OTHER_LINE: None}


def test_a_path_under_another_counts_once(remote: Any) -> None:
    document = client()
    document.version = remote.commit([Write(document)]).versions[0]
    document.lines = {LINE: {"q": 5}}
    remote.commit([updated(document, "lines", f"lines.{LINE}", f"lines.{LINE}.q")])
    assert one(remote).lines == {LINE: {"q": 5}}


def test_an_update_without_paths_still_moves_the_version(remote: Any) -> None:
    document = client()
    document.version = remote.commit([Write(document)]).versions[0]
    result = remote.commit([updated(document)])
    stored = one(remote)
    assert (stored.op, stored.version) == ("op2", result.versions[0])
    assert stored.version != document.version


def test_creating_twice_fails_and_names_the_culprit(remote: Any) -> None:
    remote.commit([Write(client())])
    with pytest.raises(PreconditionFailed) as failure:
        remote.commit([Write(client("other")), Write(client())])
    assert failure.value.indexes == (1,)
    assert len(everything(remote)) == 1, "nothing of a failed commit may stay"


def test_an_old_version_fails_and_nothing_is_applied(remote: Any) -> None:
    document = client(name="first")
    document.version = remote.commit([Write(document)]).versions[0]
    document.fields["name"] = "second"
    remote.commit([updated(document, "fields.name")])
    document.fields["name"] = "third"
    with pytest.raises(PreconditionFailed) as failure:
        remote.commit([Write(client("other")), updated(document, "fields.name", op="op3")])
    assert failure.value.indexes in ((), (1,))
    assert one(remote).fields["name"] == "second"
    assert len(everything(remote)) == 1


def test_updating_what_is_missing_fails(remote: Any) -> None:
    version = remote.commit([Write(client())]).versions[0]
    ghost = client("ghost")
    ghost.version = version
    with pytest.raises(PreconditionFailed):
        remote.commit([updated(ghost, "fields.name")])
    assert remote.get([("client", "ghost")]) == {("client", "ghost"): None}


@pytest.mark.parametrize("value", [1.5, 2**63, object(), [[1]], {1: "a"}, b"bytes"])
def test_what_cannot_be_stored_is_refused_before_anything_is_sent(remote: Any, value: Any) -> None:
    with pytest.raises(WriteRejected) as failure:
        remote.commit([Write(client("fine")), Write(client(name=value))])
    assert failure.value.index == 1
    assert everything(remote) == []


def test_what_was_encoded_beforehand_is_stored_and_refused_as_ever(remote: Any) -> None:
    plain, early = client("plain"), client("early")
    writes = [Write(plain), Write(early)]
    remote.encode(writes[1:])
    versions = remote.commit(writes).versions
    stored = one(remote, id="early")
    assert (stored.fields, stored.clock, stored.version) == (plain.fields, plain.clock, versions[1])
    stored.fields["name"] = "Durand et fils"
    writes = [updated(stored, "fields.name"), Write(client(name=object()))]
    remote.encode(writes)
    with pytest.raises(WriteRejected) as failure:
        remote.commit(writes)
    assert failure.value.index == 1 and one(remote, id="early").fields == {"name": "Durand"}
    remote.commit(writes[:1])
    assert one(remote, id="early").fields == {"name": "Durand et fils"}


def test_too_large_a_record_is_refused(remote: Any) -> None:
    with pytest.raises(WriteRejected) as failure:
        remote.commit([Write(client("fine")), Write(client(name="x" * 1_100_000))])
    assert failure.value.index == 1
    assert everything(remote) == []


@pytest.mark.parametrize("key", ["deleted", "digest", "bucket"])
def test_an_unknown_key_never_shadows_a_known_one(remote: Any, key: str) -> None:
    document = client()
    document.extra = {key: True}
    with pytest.raises(WriteRejected):
        remote.commit([Write(document)])


def test_changes_come_in_pages_of_one_state(remote: Any) -> None:
    for start in range(0, 23, 5):
        remote.commit([Write(client(f"id-{index:02}", n=index)) for index in range(start, min(start + 5, 23))])
    pages = []
    for page in remote.changes_since(None, page_size=10):
        if not pages:
            remote.commit([Write(client("written-while-reading"))])
        pages.append(page)
    assert [len(page.documents) for page in pages] == [10, 10, 3]
    assert [page.is_last for page in pages] == [False, False, True]
    assert len({page.read_time for page in pages}) == 1
    ids = [document.id for page in pages for document in page.documents]
    assert sorted(ids) == [f"id-{index:02}" for index in range(23)]
    stamps = [document.updated_at for page in pages for document in page.documents]
    assert stamps == sorted(stamps)


def test_exactly_full_pages_end_with_a_last_one(remote: Any) -> None:
    remote.commit([Write(client(f"id-{index}")) for index in range(4)])
    pages = list(remote.changes_since(None, page_size=2))
    assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert sum(len(page.documents) for page in pages) == 4


def test_an_empty_home_answers_one_page_with_a_cursor(remote: Any) -> None:
    (page,) = remote.changes_since(None)
    assert (page.documents, page.is_last) == ([], True)
    assert len(page.read_time) == len("2026-11-21T04:07:00.123456789Z")
    remote.commit([Write(client())])
    assert [document.id for document in everything(remote, page.read_time)] == [ID]


def test_the_window_covers_what_was_written_just_before_the_cursor(remote: Any) -> None:
    remote.commit([Write(client())])
    (page,) = remote.changes_since(None)
    assert [document.id for document in everything(remote, page.read_time)] == [ID]


def test_the_writer_says_what_the_digest_is_after_an_update(remote: Any) -> None:
    document = client(name="first")
    document.version = remote.commit([Write(document)]).versions[0]
    created = one(remote).digest
    document.fields["name"], document.digest, document.bucket = "second", 7, bucket_of(ID)
    document.version = remote.commit([updated(document, "fields.name")]).versions[0]
    stored = one(remote)
    assert (stored.digest, stored.bucket, stored.extra) == (7, bucket_of(ID), {})
    document.digest = document.bucket = None  # another program, which knows nothing of it
    remote.commit([updated(document, "fields.name", "digest", "bucket")])
    assert (one(remote).digest, one(remote).bucket) == (7, bucket_of(ID))
    assert created == document_digest(client(name="first"))


def test_a_range_of_buckets_is_counted_and_added_up(remote: Any) -> None:
    assert remote.summary(0, 256) == Summary(0, 0)
    documents = [client(f"id-{index:02}", n=index) for index in range(60)]
    remote.commit([Write(document) for document in documents])
    for low, high in ((0, 256), (0, 100), (100, 256), (bucket_of("id-07"), bucket_of("id-07") + 1), (0, 0)):
        inside = [document_digest(document) for document in documents if low <= bucket_of(document.id) < high]
        assert remote.summary(low, high) == Summary(len(inside), sum(inside))
    before = remote.summary(0, 256)
    assert len(before.read_time) == len("2026-11-21T04:07:00.123456789Z")
    document = one(remote, id="id-30")
    document.deleted, document.digest = True, 2**40 - 1
    remote.commit([updated(document)])
    assert remote.summary(0, 256) == Summary(60, before.digest - document_digest(documents[30]) + 2**40 - 1)


def test_the_records_of_a_range_of_buckets_come_in_pages(remote: Any) -> None:
    ids = [f"id-{index:02}" for index in range(60)]
    remote.commit([Write(client(id)) for id in ids])
    inside = sorted((id for id in ids if 40 <= bucket_of(id) < 200), key=lambda id: (bucket_of(id), id))
    pages = list(remote.bucket(40, 200, page_size=7))
    assert [document.id for page in pages for document in page.documents] == inside
    assert all(len(page.documents) == 7 for page in pages[:-1])
    assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len({page.read_time for page in pages}) == 1
    (page,) = remote.bucket(0, 0)
    assert (page.documents, page.is_last) == ([], True)


def test_the_listener_starts_with_what_is_there_and_hears_a_change(new_remote: Callable[[], Any]) -> None:
    writer, reader = new_remote(), new_remote()
    document = client(name="first")
    document.version = writer.commit([Write(document)]).versions[0]
    heard = Heard()
    listener = reader.listen(None, heard.queue)
    heard.until(lambda heard: bool(heard.documents)).live()
    document.fields["name"] = "second"
    started = time.monotonic()
    result = writer.commit([updated(document, "fields.name")])
    heard.until(lambda heard: len(heard.documents) == 2, seconds=1.0)
    assert time.monotonic() - started < 1.0
    assert [found.fields["name"] for found in heard.documents] == ["first", "second"]
    assert heard.documents[1].version == result.versions[0] <= heard.batches[-1].read_time
    listener.stop()


def test_the_listener_does_not_deliver_twice(new_remote: Callable[[], Any]) -> None:
    writer, reader = new_remote(), new_remote()
    heard = Heard()
    listener = reader.listen(None, heard.queue)
    heard.live()
    for index in range(10):
        writer.commit([Write(client(f"id-{index}"))])
        heard.until(lambda heard, index=index: any(found.id == f"id-{index}" for found in heard.documents))
    keys = [(found.id, found.version) for found in heard.documents]
    assert len(keys) == len(set(keys)) == 10
    listener.stop()


def test_a_commit_arrives_in_one_batch(new_remote: Callable[[], Any]) -> None:
    writer, reader = new_remote(), new_remote()
    heard = Heard()
    listener = reader.listen(None, heard.queue)
    heard.live()
    writer.commit([Write(client(f"id-{index}")) for index in range(20)])
    heard.until(lambda heard: bool(heard.documents))
    assert len(heard.documents) == 20
    listener.stop()


def test_a_listener_goes_on_from_its_cursor_and_token(new_remote: Callable[[], Any]) -> None:
    writer, reader = new_remote(), new_remote()
    heard = Heard()
    reader.listen(next(reader.changes_since(None)).read_time, heard.queue)
    heard.live()
    writer.commit([Write(client("before"))])
    heard.until(lambda heard: bool(heard.documents))
    last = heard.batches[-1]
    reader.close()
    writer.commit([Write(client("while away"))])
    again = Heard()
    listener = new_remote().listen(last.read_time, again.queue, last.resume_token)
    again.until(lambda heard: any(found.id == "while away" for found in heard.documents))
    listener.stop()
    assert again.batches[-1].read_time > last.read_time


def test_nothing_follows_the_end_of_a_listener(new_remote: Callable[[], Any]) -> None:
    writer, reader = new_remote(), new_remote()
    heard = Heard()
    listener = reader.listen(None, heard.queue)
    heard.live()
    started = time.monotonic()
    listener.stop()
    assert time.monotonic() - started < 1.0
    size = heard.queue.qsize()
    writer.commit([Write(client())])
    assert one(reader).id == ID
    assert heard.queue.qsize() == size
    listener.stop()


def test_a_company_is_created_once(new_remote: Callable[[], Any]) -> None:
    first, second = new_remote(), new_remote()
    with pytest.raises(CompanyMissing):
        first.profile()
    made = first.provision({"name": "Atelier", "schema": 3, "min_schema": 2, "horizon": 200}, {"uid": "u1"})
    assert (made.name, made.schema, made.min_schema, made.horizon) == ("Atelier", 3, 2, 200)
    assert made.created_at is not None
    assert second.provision({"name": "Another"}) == made == second.profile()
    asked = [first.profile().read_time, second.profile().read_time]
    assert asked == sorted(asked) and made.created_at <= asked[0] < asked[1], "the remote tells its own time"


def test_every_device_gets_a_letter_of_its_own(new_remote: Callable[[], Any]) -> None:
    remotes = [new_remote() for _ in range(6)]
    letters: dict[str, list[str]] = {}
    failures: list[BaseException] = []
    start = threading.Barrier(len(remotes))

    def claim(index: int) -> None:
        try:
            start.wait(10)
            for _ in range(2):
                letters.setdefault(f"d{index}", []).append(
                    remotes[index].claim_series(f"d{index}", "B", {"name": "pc"})
                )
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=claim, args=(index,)) for index in range(len(remotes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert all(first == again for first, again in letters.values())
    assert {first for first, _again in letters.values()} == set("ABCDEF")
    assert {device["id"]: device["series"] for device in remotes[0].devices()} == {
        device: first for device, (first, _again) in letters.items()
    }


def test_preferred_letters_and_the_twenty_seventh(remote: Any) -> None:
    assert remote.claim_series("d0", "C", {}) == "C"
    assert remote.claim_series("d1", "C", {}) == "A"
    assert remote.claim_series("d2", "not a letter", {}) == "B"
    for index in range(3, 26):
        remote.claim_series(f"d{index}", None, {})
    assert remote.claim_series("d26", None, {}) == "AA"


def test_a_device_reports_itself_without_losing_its_letter(remote: Any) -> None:
    letter = remote.claim_series("d1", None, {"name": "Bureau", "platform": "linux"})
    remote.touch_device("d1", {"name": "Atelier", "series": "Z", "pushed": 12})
    (device,) = remote.devices()
    assert device["last_seen"] is not None
    assert (device["id"], device["name"], device["platform"], device["pushed"]) == ("d1", "Atelier", "linux", 12)
    assert device["series"] == letter


def numbered(on: str, *ids: str, seal: str = "") -> Callable[[SeriesHead], Numbered]:
    return lambda head: Numbered([Write(client(id, number=head.number + 1)) for id in ids], on, seal)


def test_a_central_number_comes_with_its_document_or_not_at_all(remote: Any) -> None:
    known = SeriesHead(11, "2026-03-01", "eleven")
    assert remote.series_head("FA-2026-") is None
    number, result = remote.commit_numbered("FA-2026-", known, numbered("2026-03-02", "a", seal="twelve"))
    assert (number, len(result.versions)) == (12, 1)
    with pytest.raises(PreconditionFailed) as failure:
        remote.commit_numbered("FA-2026-", known, numbered("2026-03-02", "b", "a"))
    assert failure.value.indexes == (1,)
    assert remote.series_head("FA-2026-") == SeriesHead(12, "2026-03-02", "twelve")
    assert one(remote, id="a").fields == {"number": 12}
    assert remote.get([("client", "b")]) == {("client", "b"): None}


def test_dates_of_a_central_series_never_go_back(remote: Any) -> None:
    assert remote.commit_numbered("FA", SeriesHead(), numbered("2026-03-02", "a"))[0] == 1
    with pytest.raises(DateGoesBack) as failure:
        remote.commit_numbered("FA", SeriesHead(), numbered("2026-03-01", "b"))
    assert failure.value.head == SeriesHead(1, "2026-03-02")
    assert remote.commit_numbered("FA", SeriesHead(), numbered("2026-03-02", "c"))[0] == 2


def test_what_the_builder_raises_takes_no_number(remote: Any) -> None:
    def refuse(_head: SeriesHead) -> Numbered:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        remote.commit_numbered("FA", SeriesHead(), refuse)
    assert remote.series_head("FA") is None


def test_a_counter_behind_the_known_documents_gives_no_number(remote: Any) -> None:
    remote.commit_numbered("FA", SeriesHead(), numbered("2026-03-02", "a"))
    with pytest.raises(SeriesBehind):
        remote.commit_numbered("FA", SeriesHead(2, "2026-03-03"), numbered("2026-03-04", "b"))
    assert remote.series_head("FA") == SeriesHead(1, "2026-03-02")


def test_a_series_that_comes_from_elsewhere_goes_on_and_is_opened_once(remote: Any) -> None:
    remote.open_series("F/A-2026-", SeriesHead(41, "2026-03-02", "seal"))
    remote.open_series("F/A-2026-", SeriesHead(7, "2026-01-02"))
    assert remote.series_head("F/A-2026-") == SeriesHead(41, "2026-03-02", "seal")
    assert remote.commit_numbered("F/A-2026-", SeriesHead(), numbered("2026-03-02", "a"))[0] == 42


def test_central_numbers_have_no_gap_and_no_double(new_remote: Callable[[], Any]) -> None:
    remotes = [new_remote() for _ in range(3)]
    given: list[int] = []
    failures: list[BaseException] = []

    def take(index: int) -> None:
        try:
            for turn in range(3):
                build = numbered("2026-03-02", f"r{index}-{turn}")
                given.append(remotes[index].commit_numbered("FA", SeriesHead(), build)[0])
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=take, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(given) == list(range(1, 10))
    assert sorted(found.fields["number"] for found in everything(remotes[0])) == list(range(1, 10))


def test_the_cost_is_counted(remote: Any) -> None:
    remote.commit([Write(client("a")), Write(client("b"))])
    assert remote.usage.take() == (0, 2, 0)
    remote.get([("client", "a"), ("client", "gone")])
    assert remote.usage.take() == (2, 0, 0)
    everything(remote)
    assert remote.usage.take() == (2, 0, 0)
    everything(remote, "2099-01-01T00:00:00.000000000Z")
    assert remote.usage.take() == (1, 0, 0), "an empty answer costs one read"
    remote.summary(0, 256)
    remote.summary(0, 0)
    assert remote.usage.take() == (2, 0, 0), "a summary costs one read per 1,000 records, and at least one"
    list(remote.bucket(0, 256))
    list(remote.bucket(0, 0))
    assert remote.usage.take() == (3, 0, 0)
    with pytest.raises(PreconditionFailed):
        remote.commit([Write(client("a"))])
    assert remote.usage.take() == (0, 0, 0)
