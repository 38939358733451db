"""What a bug report may contain."""

import json

import pytest

from facturepro.services import doctor, records
from facturepro.services.company import OpenCompany
from facturepro.services.workspace import Workspace


def examine(workspace: Workspace) -> dict:
    return doctor.examine(workspace, None, lambda: "keyring.backends.null.Keyring")


def test_without_a_company(workspace: Workspace) -> None:
    facts = examine(workspace)
    assert facts["company"] == {"error": "company_missing"}
    assert facts["paths"]["is_writable"] is True
    assert facts["fonts"]
    assert any("trousseau" in problem for problem in facts["problems"])


def test_no_names_in_it(company: OpenCompany, workspace: Workspace) -> None:
    records.create(company, "client", {"name": "Secret Client", "email": "secret@x.fr"})
    text = json.dumps(examine(workspace))
    for secret in ("Secret", "secret@", "123456782", "Tanneurs", "FR763"):
        assert secret not in text
    assert doctor.report(examine(workspace)).startswith("facturepro")


def test_an_unreachable_cloud_is_a_problem(
    company: OpenCompany, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facturepro.sync.remotes import base

    class Unreachable:
        def profile(self) -> None:
            raise base.RemoteUnavailable("no route")

        def close(self) -> None:
            self.is_closed = True

    remote = Unreachable()
    monkeypatch.setattr("facturepro.services.cloud.connect_company", lambda _company: remote)
    with company.db.write() as work:
        work.keep("cloud", {"mode": "emulator", "host": "127.0.0.1:1", "project": "p", "remote_company": "r"})
    facts = examine(workspace)
    assert facts["company"]["cloud"]["reachable"] is False
    assert facts["company"]["cloud"]["error"] == "cloud_unreachable"
    assert remote.is_closed


def test_a_damaged_file_is_said(company: OpenCompany, workspace: Workspace) -> None:
    company.close()
    company.db.path.write_bytes(b"garbage" * 1000)
    workspace.remember(last_company=None)
    facts = examine(workspace)
    assert facts["company"] == {"error": "database_damaged"}
