import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturepro.documents.content import ContentLine, Identifier, InvoiceContent, Party
from tests.documents import samples

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    "content",
    [samples.main_invoice("moderne"), samples.draft_invoice(), samples.franchise_invoice(), samples.awkward_invoice()],
)
def test_a_snapshot_reads_back_as_it_was(content):
    text = content.to_json()
    again = InvoiceContent.from_json(text)
    assert again == content
    assert again.to_json() == text


@given(texts, decimals, decimals, texts, st.binary(max_size=50) | st.none(), st.dates())
def test_any_values_survive_the_snapshot(text, quantity, price, label, logo, day):
    line = ContentLine("L1", text, quantity, price, Decimal("5.5"), Decimal("-0.00"))
    client = Party(text, (text, label), identifiers=(Identifier(label, text),))
    content = replace(samples.main_invoice(), lines=(line,), client=client, logo=logo, issued_on=day)
    again = InvoiceContent.from_json(content.to_json())
    assert again == content
    assert again.digest() == content.digest()


def test_equal_amounts_give_equal_bytes():
    content = samples.main_invoice()
    padded = replace(
        content, lines=tuple(replace(line, net=line.net.quantize(Decimal("0.0001"))) for line in content.lines)
    )
    assert padded.to_json() == content.to_json()


def test_the_form_is_canonical():
    text = samples.main_invoice().to_json()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert '"unit_price":"6.4"' in text
    assert '"issued_on":"2026-11-20"' in text


def test_the_fingerprint_is_the_digest_of_the_rest():
    sealed = samples.main_invoice()
    assert sealed.fingerprint == replace(sealed, fingerprint=None).digest() == sealed.digest()
    changed = replace(sealed, your_reference="autre")
    assert changed.digest() != sealed.fingerprint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "blue"}, "unknown field colour"),
        ({"currency": 3}, "currency"),
        ({"issued_on": "hier"}, "issued_on"),
        ({"logo": "***"}, "logo"),
        ({"lines": [{"id": "L1"}]}, "is missing"),
        ({"layout": "baroque"}, "layout"),
    ],
)
def test_a_damaged_snapshot_is_refused(change, message):
    data = json.loads(samples.main_invoice().to_json()) | change
    with pytest.raises(ValueError, match=message):
        InvoiceContent.from_json(json.dumps(data))


def test_a_float_is_refused():
    content = replace(samples.main_invoice(), lines=(replace(samples.main_invoice().lines[0], net=1162.8),))
    with pytest.raises(TypeError, match="float"):
        content.to_json()


def test_a_number_needs_a_date():
    with pytest.raises(ValueError, match="date of issue"):
        replace(samples.main_invoice(), issued_on=None)
    assert replace(samples.main_invoice(), issued_on=date(2026, 1, 2)).number


def test_the_package_does_not_load_reportlab():
    code = (
        "import sys, facturepro.documents, facturepro.documents.content, facturepro.documents.wording;"
        "print([m for m in ('reportlab', 'pikepdf', 'segno', 'lxml', 'babel.dates', 'PIL') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
