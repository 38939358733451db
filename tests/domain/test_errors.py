"""Every error that the program raises has its words, and every word its parameter."""

import ast
import string
from pathlib import Path

import pytest

from facturepro.domain.errors import MESSAGES, UserError

ROOT = Path(__file__).resolve().parents[2] / "facturepro"


def raised() -> list[tuple[str, str, set[str] | None]]:
    """(file:line, code, given parameters or None when some are passed on) of each UserError with a literal code."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "UserError":
                if not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                names = {keyword.arg for keyword in node.keywords}
                given = None if None in names else {str(name) for name in names}
                found.append((f"{path.relative_to(ROOT)}:{node.lineno}", str(node.args[0].value), given))
    return found


def wanted(code: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(MESSAGES[code]) if name}


def test_every_raised_code_has_words_and_all_their_parameters() -> None:
    calls = raised()
    assert len(calls) > 80
    for place, code, given in calls:
        assert code in MESSAGES, place
        assert given is None or wanted(code) <= given, (place, wanted(code) - given)


def test_no_words_without_an_error() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in ROOT.rglob("*.py")
        if path.name != "errors.py" or "domain" not in str(path)
    )
    assert [code for code in MESSAGES if f'"{code}"' not in sources] == []


def test_an_unknown_code_is_a_bug() -> None:
    with pytest.raises(KeyError):
        UserError("nonsense")


def test_the_message_is_the_sentence_with_its_values() -> None:
    error = UserError("company_exists", name="Café")
    assert (
        str(error)
        == error.message
        == "Une entreprise « Café » existe déjà ici. Choisissez un autre nom ; rien n’a été écrasé."
    )
    assert error.params == {"name": "Café"}
