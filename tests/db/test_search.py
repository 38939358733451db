"""The full-text index: one folding for what is written and what is asked, and no query that breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from facturepro.db import catalog, search
from facturepro.services import palette, records
from facturepro.services.company import OpenCompany
from facturepro.services.records import ListQuery

MEMORY = create_engine("sqlite://")
CREATE = "CREATE VIRTUAL TABLE found USING fts5(words, prefix='2 3', tokenize='unicode61 remove_diacritics 0')"


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        ("Écoles d’Œuvre", "ecoles d oeuvre"),
        ("STRASSE Straße", "strasse strasse"),
        ("Łódź", "lodz"),
        ("café\u0301", "cafe"),
        ("ﬁn", "fin"),
        ("محمّد", "محمد"),
    ],
)
def test_folding(value: str, folded: str) -> None:
    assert search.fold(value) == folded


def test_figures_with_separators_are_found_whole_and_in_parts() -> None:
    assert search.words_of(["06 12-34.56"]) == "06 12 34 56 06123456"
    assert search.words_of(["FA-2026-A0001"]) == "fa 2026 a0001 fa2026a0001"
    assert search.words_of(["Deux mots", None, ""]) == "deux mots"


@settings(max_examples=200, deadline=None)
@given(written=st.text(max_size=60), asked=st.text(max_size=60))
def test_no_query_breaks_and_what_is_written_is_found(written: str, asked: str) -> None:
    with MEMORY.connect() as connection:
        connection.execute(text("DROP TABLE IF EXISTS found"))
        connection.execute(text(CREATE))
        connection.execute(text("INSERT INTO found VALUES (:words)"), {"words": search.words_of([written])})
        statement = text("SELECT COUNT(*) FROM found WHERE words MATCH :words")
        for query in (asked, written, written.upper()):
            expression = search.match_expression(query)
            if expression:
                hits = connection.execute(statement, {"words": expression}).scalar_one()
                if query == written and written.isascii():
                    assert hits == 1


@pytest.mark.parametrize("query", ['"', "a OR b", "NEAR(a b)", "a*", "words:x", "-a", "^a", "' OR 1=1 --", "a" * 9000])
def test_what_looks_like_syntax_is_only_words(company: OpenCompany, query: str) -> None:
    records.create(company, "client", {"name": "Zoé"})
    assert records.page(company, ListQuery("client", text=query)).rows == []


def test_a_pasted_page_is_a_query_too(company: OpenCompany) -> None:
    page = " ".join(f"mot{number}" for number in range(5000))
    assert records.page(company, ListQuery("client", text=page)).rows == []
    assert palette.find(company, page) == {}


def test_every_word_must_match(company: OpenCompany) -> None:
    made = records.create(company, "client", {"name": "Anne Dupont", "city": "Lille"})["id"]
    records.create(company, "client", {"name": "Anne Martin", "city": "Lyon"})
    assert [row["id"] for row in records.page(company, ListQuery("client", text="lil anne")).rows] == [made]


def test_the_index_follows_edits_and_can_be_made_again(company: OpenCompany) -> None:
    made = records.create(company, "client", {"name": "Avant"})["id"]
    gone = records.create(company, "client", {"name": "Effacé"})["id"]
    records.update(company, "client", made, {"name": "Après"})
    records.delete(company, "client", gone)

    def contents() -> list[tuple[int, str]]:
        with company.db.read() as session:
            rows = session.execute(text("SELECT rowid, words FROM search_client ORDER BY rowid"))
            return [(row[0], row[1]) for row in rows]

    assert [words for _row, words in contents()] == ["apres"]
    kept = contents()
    with company.db.write() as work:
        work.session.execute(text("DELETE FROM search_client"))
        search.rebuild(work.session)
        work.touch()
    assert contents() == kept
    assert records.page(company, ListQuery("client", text="avant")).rows == []


def test_every_searchable_kind_has_its_index(company: OpenCompany) -> None:
    with company.db.read() as session:
        tables = set(session.scalars(text("SELECT name FROM sqlite_master")))
    for entity in catalog.entities():
        assert (entity.search_table in tables) is bool(entity.searchable)
