"""Bad input: the exit status, one JSON value, nothing half-written."""

import json
from pathlib import Path

import pytest

from facturepro.cli import program
from tests.cli.conftest import Run
from tests.cli.test_commands import draft

REFUSED = [
    (("client", "show", "nobody"), "record_unknown"),
    (("client", "set", "nobody", "city=x"), "record_unknown"),
    (("client", "set", "Menuiserie Le Goff", "deleted_at=x"), "field_unknown"),
    (("client", "set", "Menuiserie Le Goff", "colour=red"), "field_unknown"),
    (("client", "set", "Menuiserie Le Goff", "name="), "field_required"),
    (("client", "add", "--name", " "), "field_required"),
    (("client", "add", "--name", "A", "--email", "not an address"), "email_invalid"),
    (("client", "add", "--name", "A", "--siren", "123456789"), "identifier_invalid"),
    (("client", "add", "--name", "A", "--vat-number", "FR00123456782"), "identifier_invalid"),
    (("client", "add", "--name", "A" * 300), "field_too_long"),
    (("client", "add", "--name", "A", "--country", "Atlantis"), "value_invalid"),
    (("company", "set", "iban=FR7612345678901234567890123"), "iban_invalid"),
    (("company", "create", "--name", "Atelier Boisvert"), "company_exists"),
    (("company", "create", "--name", "B", "--siren", "111111111"), "identifier_invalid"),
    (("company", "show", "--company", "Nobody"), "company_unknown"),
    (("product", "add", "--name", "A", "--price", "dix"), "amount_invalid"),
    (("product", "add", "--name", "A", "--price", "-1"), "value_out_of_range"),
    (("product", "add", "--name", "A", "--vat", "120"), "value_out_of_range"),
    (("product", "add", "--name", "A", "--barcode", "1234567890123"), "identifier_invalid"),
    (("stock", "move", "--product", "VIS", "--quantity", "0"), "quantity_negative"),
    (("stock", "move", "--product", "VIS", "--quantity", "5000000"), "quantity_absurd"),
    (("stock", "move", "--product", "VIS", "--quantity", "99999999999999999999"), "amount_invalid"),
    (("stock", "move", "--product", "VIS", "--quantity", "NaN"), "amount_invalid"),
    (("stock", "move", "--product", "nothing", "--quantity", "1"), "record_unknown"),
    (("stock", "move", "--product", "VIS", "--warehouse", "Mars", "--quantity", "1"), "record_unknown"),
    (("stock", "move", "--product", "VIS", "--quantity", "1", "--on", "2026-02-30"), "date_invalid"),
    (("stock", "move", "--product", "VIS", "--quantity", "1", "--reason", "theft"), "value_invalid"),
    (("stock", "valuation", "--method", "lifo"), "value_invalid"),
    (("stock", "transfer", "--product", "VIS", "--quantity", "-2", "--from", "Entrepôt principal", "--to", "Entrepôt principal"), "quantity_negative"),
    (("invoice", "show", "FA-0"), "record_unknown"),
    (("invoice", "issue", "no-such-id"), "record_unknown"),
    (("invoice", "list", "--status", "lost"), "value_invalid"),
    (("invoice", "list", "--from", "31/02/2026"), "date_invalid"),
    (("invoice", "create", "--file", "/no/such/file.json"), "file_missing"),
    (("payment", "add", "--invoice", "FA-0", "--amount", "1"), "record_unknown"),
    (("payment", "reverse", "no-such-id"), "record_unknown"),
    (("import", "dragons", "x.csv"), "value_invalid"),
    (("import", "clients", "/no/such/file.csv"), "file_missing"),
    (("export", "clients", "-o", "/no/such/folder/x.csv"), "file_unwritable"),
    (("export", "clients", "-o", "x.docx"), "value_invalid"),
    (("backup", "restore", "/no/such/file.zip"), "backup_missing"),
    (("cloud", "leave"), "cloud_not_joined"),
    (("sync", "once"), "cloud_not_joined"),
    (("sync", "check"), "cloud_not_joined"),
    (("conflict", "restore", "nothing"), "record_unknown"),
    (("sync", "refused", "retry", "client", "nothing"), "refused_unknown"),
    (("sync", "refused", "discard", "client", "nothing"), "refused_unknown"),
    *(
        (("cloud", "join", "--emulator", "127.0.0.1:1", "--project", "p", "--remote-company", name), "cloud_name_invalid")
        for name in ("", ".", "..", "a/b", "__a__", "é" * 751)
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, tuple) else value
)
def test_what_a_person_can_mend_is_refused(shop: Run, arguments: tuple[str, ...], code: str) -> None:
    before = shop("dump").out
    outcome = shop(*arguments, "--json")
    assert outcome.status == 1, outcome.err
    assert set(outcome.json) == {"error"}
    assert set(outcome.json["error"]) == {"code", "message", "details"}
    assert outcome.code == code
    assert outcome.json["error"]["message"] in outcome.err
    assert shop("dump").out == before


WRONG = [
    ("nonsense",),
    ("client",),
    ("client", "add"),
    ("client", "add", "--name"),
    ("client", "add", "--name", "A", "--colour", "red"),
    ("client", "show"),
    ("client", "list", "extra"),
    ("client", "list", "--limit", "many"),
    ("client", "list", "--limit", "0"),
    ("client", "set", "Menuiserie Le Goff"),
    ("client", "set", "Menuiserie Le Goff", "city"),
    ("invoice", "create"),
    ("stock", "move", "--quantity", "1"),
    ("cloud", "join", "--remote-company", "x"),
    ("sync", "refused", "retry", "client"),
    ("import", "clients", "x.csv", "--map", "nothing"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage(shop: Run, arguments: tuple[str, ...]) -> None:
    outcome = shop(*arguments, "--json")
    assert outcome.status == 2, outcome.err
    assert outcome.code == "usage"
    plain = shop(*arguments)
    assert (plain.status, plain.out) == (2, "")
    assert " : facturepro" in plain.err  # « Usage » or « Aide »
    assert "Error" not in plain.err and "Missing" not in plain.err and "Try" not in plain.err


def every_command(shop: Run) -> list[tuple[str, ...]]:
    root = program.build()
    found: list[tuple[str, ...]] = [()]
    for name, command in root.commands.items():
        found.append((name,))
        found += [(name, verb) for verb in getattr(command, "commands", {})]
    return found


def test_help_is_complete_and_french(shop: Run) -> None:
    for path in every_command(shop):
        outcome = shop(*path, "--help")
        assert outcome.status == 0, path
        for word in ("--data-dir", "--company", "--json", "--verbose", "Usage :"):
            assert word in outcome.out, (path, word)
        for english in ("Show this message", "[required]", "[default", "Commands:", "Positional"):
            assert english not in outcome.out, path


BAD_DOCUMENTS = [
    ("{", "file_not_json"),
    ("[]", "file_not_json"),
    ('{"client": NaN}', "file_not_json"),
    ("[" * 100_000, "file_not_json"),
    ('{"client": "nobody"}', "record_unknown"),
    ('{"colour": "red"}', "field_unknown"),
    ('{"number": "FA-1"}', "field_unknown"),
    ('{"date": "2026-02-30"}', "date_invalid"),
    ('{"date": "2026-02-10", "due": "2026-02-01"}', "due_before_date"),
    ('{"lines": "none"}', "line_invalid"),
    ('{"lines": [3]}', "line_invalid"),
    ('{"lines": [{"product": "nothing"}]}', "line_invalid"),
    ('{"lines": [{"description": ""}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "quantity": "-1"}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "quantity": "0"}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "quantity": "1e9"}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "quantity": "9000000"}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "quantity": true}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "unit_price": "-1"}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "unit_price": {}}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "discount": "150"}]}', "line_invalid"),
    ('{"lines": [{"description": "A", "vat_rate": "19"}]}', "line_invalid"),
]


@pytest.mark.parametrize(("content", "code"), BAD_DOCUMENTS, ids=lambda value: value[:50])
def test_bad_documents_leave_no_draft(shop: Run, content: str, code: str) -> None:
    outcome = shop("invoice", "create", "--file", "-", "--json", stdin=content)
    assert (outcome.status, outcome.code) == (1, code), outcome.err
    assert shop("invoice", "list", "--json").json == []


def test_issuing_is_refused_in_words(shop: Run) -> None:
    empty = shop("invoice", "create", "--file", "-", "--json", stdin='{"client": "Menuiserie Le Goff"}').json["id"]
    assert shop("invoice", "issue", empty, "--json").code == "invoice_empty"
    nobody = shop("invoice", "create", "--file", "-", "--json", stdin='{"lines": [{"description": "A"}]}').json["id"]
    assert shop("invoice", "issue", nobody, "--json").code == "invoice_no_client"
    good = draft(shop, date="2026-03-10")["id"]
    number = shop("invoice", "issue", good, "--json").json["number"]
    assert shop("invoice", "issue", good, "--json").code == "invoice_already_issued"
    assert shop("invoice", "issue", draft(shop)["id"], "--date", "2026-03-01", "--json").code == "date_before_last"
    assert shop("invoice", "delete", number, "--json").code == "invoice_frozen"
    assert shop("client", "delete", "Menuiserie Le Goff", "--json").code == "record_in_use"
    assert shop("payment", "add", "--invoice", number, "--amount", "0", "--json").code == "amount_not_positive"
    assert shop("payment", "add", "--invoice", number, "--amount", "-5", "--json").code == "amount_not_positive"
    assert shop("payment", "add", "--invoice", number, "--amount", "99999", "--json").code == "payment_too_large"
    assert (
        shop("payment", "add", "--invoice", number, "--amount", "1", "--method", "gold", "--json").code
        == "value_invalid"
    )
    assert shop("verify", "--json").json["ok"] is True


def test_several_companies_want_a_name(shop: Run, data_dir: Path) -> None:
    shop("company", "create", "--name", "Other")
    assert shop("company", "show", "--json").json["name"] == "Other"  # the last used one
    (data_dir / "settings.json").unlink()
    outcome = shop("client", "list", "--json")
    assert (outcome.status, outcome.code) == (1, "company_ambiguous")


def test_no_company(run: Run) -> None:
    assert run("client", "list", "--json").code == "company_missing"
    assert run("company", "list", "--json").json == []


def test_a_bug_is_told_apart(shop: Run, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("secret 1234 'Menuiserie Le Goff'")

    monkeypatch.setattr("facturepro.services.records.find", fail)
    outcome = shop("client", "show", "x", "--json")
    assert (outcome.status, outcome.code) == (3, "bug")
    log = (data_dir / "logs" / "facturepro.log").read_text(encoding="utf-8")
    entry = json.loads(log.splitlines()[-1])
    assert entry["type"] == "RuntimeError"
    assert "Le Goff" not in log and "1234" not in log
    assert any("records.py" in frame for frame in entry["frames"])
