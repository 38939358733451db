"""The digest of a record: fixed values that other clients can check themselves against, and what it does not see."""

from __future__ import annotations

import hashlib

from facturepro.db.replication_digest import BUCKETS, bucket_of, record_digest

CLIENT = {
    "kind": "client",
    "record_id": "0193b0c4-7a11-7c2e-9a51-1d2f3a4b5c6d",
    "fields": {"name": "Éts Durand & Fils", "phone": "", "country": "FR", "payment_days": None, "is_archived": False},
    "lines": {},
    "clock": {"name": "0193b0c47a11-0000-aaaa", "contact": "0193b0c47a11-0000-aaaa"},
    "is_deleted": False,
    "unknown": {},
}


def digest(**changes):
    return record_digest(**{**CLIENT, **changes})


def test_values_that_other_clients_can_check_against():
    canonical = (
        '{"clock":{"contact":"0193b0c47a11-0000-aaaa","name":"0193b0c47a11-0000-aaaa"},"deleted":false,'
        '"fields":{"country":"FR","name":"Éts Durand & Fils"},"id":"0193b0c4-7a11-7c2e-9a51-1d2f3a4b5c6d",'
        '"kind":"client","lines":{}}'
    )
    assert digest() == int(hashlib.sha256(canonical.encode()).hexdigest()[:10], 16) == 908055251343
    assert bucket_of(CLIENT["record_id"]) == 176
    assert [bucket_of(text) for text in ("", "123456789", "é")] == [0, 0x26, 62]


def test_forty_bits_and_256_buckets():
    ids = [f"id-{index}" for index in range(5000)]
    counts = [0] * BUCKETS
    for id in ids:
        counts[bucket_of(id)] += 1
        assert 0 <= digest(record_id=id) < 1 << 40
    assert min(counts) > 5 and max(counts) < 45


def test_every_part_of_the_content_counts():
    line = {"l1": {"quantity": 1000}}
    changed = [
        digest(kind="supplier"),
        digest(record_id="x"),
        digest(fields={**CLIENT["fields"], "phone": "1"}),
        digest(fields={**CLIENT["fields"], "newer": {"points": 7}}),
        digest(lines=line),
        digest(lines={"l1": {"quantity": 1001}}),
        digest(lines={"l2": {"quantity": 1000}}),
        digest(lines={"l1": {}}),
        digest(clock={**CLIENT["clock"], "name": "0193b0c47a11-0001-aaaa"}),
        digest(is_deleted=True),
        digest(unknown={"seal": "wax"}),
        digest(unknown={"seal": None}),
        digest(fields={**CLIENT["fields"], "payment_days": 1}),
        digest(fields={**CLIENT["fields"], "is_archived": True}),
    ]
    assert len({digest(), *changed}) == len(changed) + 1


def test_what_says_nothing_does_not_count():
    assert digest(fields={"name": "Éts Durand & Fils", "country": "FR"}) == digest()
    assert digest(fields={**CLIENT["fields"], "newer": 0, "newest": "", "list": [], "map": {}}) == digest()
    assert digest(lines={"gone": None}) == digest()
    assert digest(clock={**CLIENT["clock"], "@bbbb": "0193b0c47a11-0000-bbbb"}) == digest()
    assert digest(fields=dict(reversed(CLIENT["fields"].items()))) == digest()
