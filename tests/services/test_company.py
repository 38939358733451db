"""Settings of a company, and its fields while they are typed."""

import sqlite3
from contextlib import closing

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import records
from facturepro.services.company import (
    DATABASE_NAME,
    OpenCompany,
    check_field,
    derive_fields,
    settings,
    update_settings,
)
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY


def test_the_vat_number_follows_from_the_siren(company: OpenCompany) -> None:
    assert settings(company)["vat_number"] == "FR11123456782"
    assert derive_fields("siren", "123 456 782", "FR") == {"vat_number": "FR11 123456782"}
    for name, value, country in (
        ("siren", "12", "FR"),
        ("siren", "", "FR"),
        ("siren", "123456782", "MA"),
        ("name", "x", "FR"),
    ):
        assert derive_fields(name, value, country) == {}


@pytest.mark.parametrize(
    ("name", "value", "is_error", "has_hint"),
    [
        ("siren", "123 456 782", False, True),
        ("siren", "123456789", True, False),
        ("postcode", "5900", True, False),
        ("postcode", "59000", False, False),
        ("name", "", True, False),
        ("email", "x", True, False),
        ("colour", "red", False, False),
        ("number_prefix", "F A", True, False),
    ],
)
def test_a_field_while_it_is_typed(name: str, value: str, is_error: bool, has_hint: bool) -> None:
    error, hint = check_field(name, value, "FR")
    assert (error is not None, hint is not None) == (is_error, has_hint)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"siren": "1"}, "identifier_invalid"),
        ({"postcode": "x"}, "postcode_invalid"),
        ({"name": ""}, "field_required"),
        ({"number_prefix": "FÀ"}, "prefix_invalid"),
        ({"payment_days": "-1"}, "value_invalid"),
        ({"currency": "USD"}, "value_invalid"),
    ],
)
def test_impossible_settings_change_nothing(company: OpenCompany, wrong: dict[str, str], code: str) -> None:
    before = settings(company)
    with pytest.raises(UserError) as caught:
        update_settings(company, {"city": "Lyon", **wrong})
    assert caught.value.code == code
    assert settings(company) == before


def test_what_another_program_wrote_is_caught_up_at_opening(workspace: Workspace) -> None:
    company = workspace.create(COMPANY)
    company.close()
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw, raw:
        raw.execute("INSERT INTO client (id, name) VALUES ('x', 'Zébulon')")
    company = workspace.open()
    assert [row["id"] for row in records.page(company, records.ListQuery("client", text="zebulon")).rows] == ["x"]
    company.close()
