"""Example data: reproducible, plausible, and holding all that verify checks; and the large set of the measurements."""

from datetime import timedelta
from pathlib import Path

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import demo, invoices, issuing, records, stock, verification
from facturepro.services.company import OpenCompany
from facturepro.services.large_data import Sizes, create
from facturepro.services.records import ListQuery
from facturepro.services.workspace import Workspace


def facts(company: OpenCompany) -> list:
    rows = invoices.page(company, invoices.InvoiceFilter(), sort="number", limit=1000).rows
    listed = [(row["number"], row["issued_on"], row["client_name"], row["total_gross"], row["status"]) for row in rows]
    levels = [(row["sku"], row["warehouse"], row["quantity"]) for row in stock.level_rows(company)]
    people = [
        (row["name"], row["siren"], row["email"]) for row in records.page(company, ListQuery("client"), limit=500).rows
    ]
    return [sorted(map(str, listed)), levels, sorted(people)]


def test_same_seed_same_data(workspace: Workspace) -> None:
    found = []
    for name, seed in (("A", 7), ("B", 7), ("C", 8)):
        company = workspace.create({"name": name, "siren": "123456782"})
        demo.fill(company, clients=12, products=20, invoices=25, seed=seed)
        found.append(facts(company))
        company.close()
    assert found[0] == found[1]
    assert found[0] != found[2]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory):
    workspace = Workspace(tmp_path_factory.mktemp("example"))
    company = demo.create_demo_company(workspace)
    yield workspace, company
    company.close()


def test_the_example_holds(example) -> None:
    workspace, company = example
    assert verification.verify(company) == {"ok": True, "problems": []}
    counts = invoices.counts(company)
    assert counts["draft"] and counts["overdue"] and counts["paid"] and counts["open"] > counts["overdue"]
    statuses = {row["status"] for row in invoices.page(company, invoices.InvoiceFilter(), limit=500).rows}
    assert statuses == {"draft", "issued", "partially_paid", "paid"}
    assert {row["name"] for row in stock.warehouses(company)} == {"Magasin", "Dépôt", "Camion"}
    levels = stock.counts(company)
    assert levels["low"] >= 4 and levels["negative"] == 1
    rows = invoices.page(company, invoices.InvoiceFilter(), limit=500).rows
    dates = [row["issued_on"] for row in rows if row["issued_on"]]
    assert max(dates) <= company.today() and min(dates) < company.today() - timedelta(days=600)
    assert all(not issuing_problem(company, row) for row in rows if row["number"])
    assert demo.is_demo(workspace, company.id)


def issuing_problem(company: OpenCompany, row: dict) -> list:
    return [
        mention
        for mention in issuing.missing_mentions(company, invoices.show(company, row["id"]))
        if mention.is_blocking
    ]


def test_the_example_is_reused_and_can_be_taken_away(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = workspace.create({"name": "Atelier Boisvert"})
    monkeypatch.setattr(demo, "fill", lambda company, **_rest: {"cancelled": False})
    first = demo.create_demo_company(workspace)
    first.close()
    second = demo.create_demo_company(workspace)
    second.close()
    assert first.id == second.id != real.id
    assert workspace.settings()["last_company"] == real.id
    demo.remove_demo_company(workspace)
    assert [company["id"] for company in workspace.companies()] == [real.id]
    real.close()


def test_an_abandoned_example_leaves_nothing(workspace: Workspace) -> None:
    with pytest.raises(UserError) as refused:
        demo.create_demo_company(workspace, cancelled=lambda: True)
    assert refused.value.code == "demo_cancelled"
    assert workspace.companies() == []


def test_a_company_with_invoices_is_left_alone(example) -> None:
    _workspace, company = example
    before = records.count(company, ListQuery("client"))
    with pytest.raises(UserError) as refused:
        demo.fill(company)
    assert refused.value.code == "demo_not_empty"
    assert records.count(company, ListQuery("client")) == before


def test_the_large_set_holds(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    sizes = Sizes(clients=60, products=24, invoices=300, lines=1200, movements=1500, years=3)
    company_id = create(workspace, "Grand comptoir", sizes)
    company = workspace.open(company_id)
    assert verification.verify(company) == {"ok": True, "problems": []}
    assert records.count(company, ListQuery("client")) == 60
    assert invoices.counts(company)["all"] == 300
    found = invoices.page(company, invoices.InvoiceFilter(status="issued"), limit=1).rows[0]
    assert invoices.show(company, found["id"])["lines"]
    records.update(company, "client", found["client_id"], {"city": "Lyon"})  # the triggers are back
    draft = invoices.duplicate(company, found["id"])
    assert issuing.issue(company, draft["id"])["number"]
    assert verification.verify(company)["ok"]
    company.close()
