"""Tables in and out: encodings, columns, rows that are wrong, nothing doubled, nothing dangerous."""

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import exchange, records, tables
from facturepro.services.catalog import entity
from facturepro.services.company import OpenCompany
from facturepro.services.records import ListQuery


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def clients(company: OpenCompany) -> list[dict]:
    return records.page(company, ListQuery("client", sort="id"), limit=1000).rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encodings_and_separators(company: OpenCompany, tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [("Nom", "Société", "Ville"), ("Éloïse", "Forêt & Cie", "Évry"), ("Zoé", "", "Alès")]
    file = write(tmp_path / "c.csv", "\r\n".join(separator.join(row) for row in rows), encoding)
    result = exchange.import_file(company, "client", file)
    assert (result.created, result.errors) == (2, [])
    assert [(row["name"], row["company_name"], row["city"]) for row in clients(company)] == rows[1:]


def test_columns_by_name_label_and_alias(company: OpenCompany, tmp_path: Path) -> None:
    file = write(
        tmp_path / "p.csv", "DÉSIGNATION;Réf;Prix HT;tva;Nature;Seuil;inconnu\nVis;V1;1 234,50;5,5 %;Bien;3;x\n"
    )
    assert exchange.import_file(company, "product", file).created == 1
    product = records.find(company, "product", "V1")
    assert (product["price"], product["vat"], product["type"], product["min_stock"]) == (
        Decimal("1234.50"),
        Decimal("5.5"),
        "goods",
        Decimal(3),
    )


def test_chosen_columns(company: OpenCompany, tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", "a;b\nVis;V1\n")
    with pytest.raises(UserError) as nothing:
        exchange.import_file(company, "product", file)
    assert nothing.value.code == "import_no_column"
    for chosen, code in (({"a": "colour"}, "field_unknown"), ({"z": "name"}, "import_column_missing")):
        with pytest.raises(UserError) as refused:
            exchange.import_file(company, "product", file, chosen)
        assert refused.value.code == code
    assert exchange.import_file(company, "product", file, {"a": "name", "b": "sku"}).created == 1
    assert records.find(company, "product", "V1")["name"] == "Vis"


def test_wrong_rows_are_listed_and_the_others_kept(company: OpenCompany, tmp_path: Path) -> None:
    file = write(
        tmp_path / "c.csv",
        "Nom;E-mail;SIREN\nA;a@x.fr;\nB;nonsense;\n\nC;;123\nD;;552100554\n;;\n;d@x.fr;\nE;e@x.fr;;too many\n",
    )
    result = exchange.import_file(company, "client", file)
    assert [(error.row, error.field) for error in result.errors] == [(3, "email"), (5, "siren"), (8, "name"), (9, "")]
    assert result.created == 2
    assert {row["name"] for row in clients(company)} == {"A", "D"}


def test_importing_again_doubles_nothing(company: OpenCompany, tmp_path: Path) -> None:
    text = (
        "Nom;Société;E-mail;SIREN;Ville\nAnne;;anne@x.fr;;Lille\nBob;Durand;;552100554;\nCarl;Petit;;;\n;Solo SA;;;\n"
    )
    file = write(tmp_path / "c.csv", text)
    assert exchange.import_file(company, "client", file).created == 4
    again = exchange.import_file(company, "client", file)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)
    changed = (
        "Nom;Société;E-mail;SIREN;Ville\nAnne;;ANNE@x.fr;;Brest\nBobby;Durand;b@x.fr;552 100 554;\nCARL;petit;;;Nice\n"
    )
    third = exchange.import_file(company, "client", write(file, changed))
    assert (third.created, third.updated) == (0, 3)
    found = {row["company_name"] or row["name"]: row for row in clients(company)}
    assert len(found) == 4
    assert (found["Anne"]["city"], found["Durand"]["email"], found["petit"]["city"]) == ("Brest", "b@x.fr", "Nice")


def test_namesakes_of_one_file_stay_two(company: OpenCompany, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", "Nom;E-mail\nJean Martin;one@x.fr\nJean Martin;two@x.fr\nJean Martin;one@x.fr\n")
    first = exchange.import_file(company, "client", file)
    assert (first.created, first.unchanged) == (2, 1)
    again = exchange.import_file(company, "client", file)
    assert (again.created, again.unchanged) == (0, 3)


def test_products_go_by_their_reference(company: OpenCompany, tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", "Nom;Référence;Prix\nVis;V1;1\nVis;V2;2\nVis;V1;3\n")
    result = exchange.import_file(company, "product", file)
    assert (result.created, result.updated) == (2, 1)
    assert records.find(company, "product", "V1")["price"] == 3
    prices = write(tmp_path / "q.csv", "Référence;Prix\nV2;9\nV9;1\n")
    result = exchange.import_file(company, "product", prices)
    assert (result.updated, [error.field for error in result.errors]) == (1, ["name"])
    assert records.find(company, "product", "V2")["name"] == "Vis"


def test_an_empty_cell_changes_nothing(company: OpenCompany, tmp_path: Path) -> None:
    records.create(company, "client", {"name": "A", "email": "a@x.fr", "phone": "1"})
    result = exchange.import_file(company, "client", write(tmp_path / "c.csv", "E-mail;Nom;Tél\na@x.fr;;\n"))
    assert (result.unchanged, clients(company)[0]["phone"]) == (1, "1")


def test_dry_run_writes_nothing(company: OpenCompany, tmp_path: Path) -> None:
    rows = "".join(f"Client {at};c{at}@x.fr\n" for at in range(1200))
    file = write(tmp_path / "c.csv", "Nom;E-mail\n" + rows + rows)
    tried = exchange.import_file(company, "client", file, dry_run=True)
    assert (tried.created, tried.unchanged, clients(company)) == (1200, 1200, [])


def test_cancel_keeps_whole_batches(company: OpenCompany, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", "Nom\n" + "".join(f"Client {at}\n" for at in range(1300)))
    seen: list[tuple[int, int]] = []
    result = exchange.import_file(
        company,
        "client",
        file,
        progress=lambda done, total: seen.append((done, total)),
        cancelled=lambda: len(seen) == 2,
    )
    assert result.is_cancelled
    assert seen == [(500, 1300), (1000, 1300)]
    assert records.count(company, ListQuery("client")) == 1000


NOT_TABLES = {
    "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
    "empty.csv": b"",
    "blank.csv": b"\n\n  \n",
    "text.xlsx": b"Nom;Ville\nA;B\n",
    "zip.csv": b"PK\x03\x04rest",
    "cut.xlsx": b"PK\x03\x04" + b"\x00" * 200,
    "quotes.csv": b'Nom;Ville\n"A;B\n',
    "binary.csv": b"Nom\n\x81\x8d\x8f\n",
}


@pytest.mark.parametrize("name", NOT_TABLES)
def test_files_that_are_not_what_they_claim(company: OpenCompany, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(NOT_TABLES[name])
    with pytest.raises(UserError) as refused:
        exchange.import_file(company, "client", path)
    assert refused.value.code == "file_not_table"
    assert clients(company) == []


def test_a_zip_that_is_no_workbook_and_one_that_explodes(
    company: OpenCompany, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UserError, match="classeur") as refused:
        exchange.import_file(company, "client", other)
    assert refused.value.code == "file_not_table"
    monkeypatch.setattr(tables, "UNPACKED_LIMIT", 1000)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "0" * 100_000)
    with pytest.raises(UserError, match="décompressé"):
        exchange.import_file(company, "client", bomb)


DANGEROUS = ["=1+1", "+33 6 12 34 56 78", "-x", "@SUM(A1)"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_formulas_are_disarmed_and_the_round_trip_is_exact(company: OpenCompany, tmp_path: Path, suffix: str) -> None:
    for at, text in enumerate(DANGEROUS):
        records.create(
            company, "client", {"name": text, "phone": text, "notes": f'Deux\nlignes ; "{at}"', "email": f"a{at}@x.fr"}
        )
    records.create(
        company,
        "product",
        {"name": "=cmd()", "sku": "-1", "price": "1234,5678", "cost": "0,0001", "min_stock": "12,125", "vat": "5,5"},
    )
    before = {
        kind: records.page(company, ListQuery(kind), limit=100).rows for kind in ("client", "product", "warehouse")
    }
    for kind, rows in before.items():
        file = tmp_path / (kind + suffix)
        assert exchange.export_file(company, kind, file) == len(rows)
        result = exchange.import_file(company, kind, file)
        assert (result.created, result.updated, result.unchanged, result.errors) == (0, 0, len(rows), [])
        assert records.page(company, ListQuery(kind), limit=100).rows == rows
    if suffix == ".csv":
        text = (tmp_path / "client.csv").read_bytes()
        assert text.startswith(b"\xef\xbb\xbf") and b";" in text
        assert all(f";'{value};" in text.decode("utf-8-sig") for value in DANGEROUS)
    else:
        from openpyxl import load_workbook

        cells = [cell for row in load_workbook(tmp_path / "client.xlsx").active.iter_rows() for cell in row]
        assert not any(cell.data_type == "f" for cell in cells)
        assert "'=1+1" in {cell.value for cell in cells}


def test_exporting_into_an_empty_company_gives_the_same_cards(company: OpenCompany, workspace, tmp_path: Path) -> None:
    for at in range(30):
        records.create(
            company, "client", {"name": f"Client {at % 3}", "email": f"c{at}@x.fr", "city": "Évry", "payment_days": at}
        )
    file = tmp_path / "c.csv"
    exchange.export_file(company, "client", file)
    other = workspace.create({"name": "Autre"})
    assert exchange.import_file(other, "client", file).created == 30
    columns = [field.name for field in exchange.columns("client")]
    assert [[row[name] for name in columns] for row in clients(other)] == [
        [row[name] for name in columns] for row in clients(company)
    ]
    other.close()


def test_an_abandoned_export_leaves_the_old_file(company: OpenCompany, tmp_path: Path) -> None:
    records.create(company, "client", {"name": "A"})
    file = write(tmp_path / "c.csv", "as it was")
    with pytest.raises(UserError) as refused:
        exchange.export_file(company, "client", file, cancelled=lambda: True)
    assert refused.value.code == "export_cancelled"
    assert file.read_text() == "as it was"
    assert list(tmp_path.glob("*.tmp")) == list(tmp_path.glob(".*.tmp")) == []


def test_numbers_typed_into_a_workbook(company: OpenCompany, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Désignation", "Référence", "Prix", "TVA"])
    book.active.append(["Vis", 4021, 0.1 + 0.2, 5.5])
    book.active.append(["Clou", 12.0, 1234.5, 20])
    book.save(tmp_path / "p.xlsx")
    assert exchange.import_file(company, "product", tmp_path / "p.xlsx").created == 2
    assert records.find(company, "product", "4021")["price"] == Decimal("0.3")
    assert records.find(company, "product", "12")["price"] == Decimal("1234.5")


def test_every_card_kind_can_be_exchanged() -> None:
    for kind in ("client", "product", "warehouse"):
        assert next(field.name for field in exchange.columns(kind)) == "name"
        assert all(field.spec.in_form for field in exchange.columns(kind))
        assert entity(kind).kind == kind
