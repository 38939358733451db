"""English says everything that French says, and no French text escapes translation."""

import ast
import io
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo

from facturepro import i18n
from tools import translations

ROOT = Path(__file__).parent.parent

ROOMS = ("app", "cli", "ui", "services", "domain", "sync", "documents", "db")
# Data, not wording: example names, units, what a law or a format fixes, words recognised in imported files.
NOT_WORDING = {
    "facturepro/services/demo.py",
    "facturepro/services/demo_data.py",
    "facturepro/services/large_data.py",
    "facturepro/documents/unit_codes.py",
}
NOT_WORDING_FOLDERS = ("facturepro/ui/gallery/",)
DATA_KEYWORDS = {"aliases", "objectName"}
ALLOWED = {"aeiouhéèê"}
# Patterns (inflection, quoted words cut out of the log), and the text of a law that stands in invoices as it is.
ALLOWED_STARTS = ("[A-ZÀ-Þ]", "'[^']*'|", "Indemnité forfaitaire de 40 €", "Règlement à ")
LOGGERS = {"debug", "info", "warning", "error", "exception", "log", "log_failure"}
FRENCH_LETTERS = re.compile(r"[àâæçéèêëîïôœùûÀÂÆÇÉÈÊËÎÏÔŒÙÛ«»]|[A-Za-z]’[a-zéèêà]")
FRENCH_WORDS = re.compile(
    r"\b(les?|la|des?|du|une?|est|sont|pas|pour|avec|dans|sur|aux?|par|cette?|ces|votre|vos|qui|que|ou|et|sans|facture"
    r"|client|produit|paiement|entreprise|stock|nouveau|nouvelle|ajouter|supprimer|modifier|enregistrer|annuler)\b",
    re.IGNORECASE,
)
MADE_FOR_READING = {
    "Label",
    "Button",
    "IconButton",
    "FormField",
    "setText",
    "setToolTip",
    "setWindowTitle",
    "setPlaceholderText",
    "setAccessibleName",
    "setAccessibleDescription",
    "StatusChip",
    "toast",
}
SYMBOLS = {"FacturePro", "Inter FP", "JSON", "PDF", "FP"}


def messages() -> list[Message]:
    return [message for message in translations.read("en") if message.id]


def texts(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (str(value),)


def placeholders(text: str) -> set[str]:
    return {name for _literal, name, _format, _conversion in string.Formatter().parse(text) if name is not None}


def test_the_catalogue_holds_exactly_the_marked_texts() -> None:
    kept, marked = translations.read("en"), translations.template()
    assert {m.id for m in marked} - {m.id for m in kept} == set(), "run: python tools/translations.py update"
    assert {m.id for m in kept} - {m.id for m in marked} == set(), "run: python tools/translations.py update"
    assert translations.po_path("en").read_bytes() == translations.po_bytes(translations.merged("en"))


def test_everything_is_translated() -> None:
    assert translations.untranslated(translations.read("en")) == []
    assert [message.id for message in messages() if message.fuzzy] == []


def test_the_compiled_catalogue_is_made_from_the_text() -> None:
    compiled = translations.mo_path("en").read_bytes()
    assert compiled == translations.mo_bytes(translations.read("en")), "run: python tools/translations.py compile"
    assert read_mo(io.BytesIO(compiled)).get("Facture").string == "Invoice"


def test_placeholders_agree() -> None:
    wrong = []
    for message in messages():
        expected = set().union(*(placeholders(text) for text in texts(message.id)))
        wrong += [text for text in texts(message.string) if placeholders(text) != expected]
    assert wrong == []


def test_both_plural_forms_are_there() -> None:
    plural = [message for message in messages() if message.pluralizable]
    assert len(plural) > 10
    assert [m.id for m in plural if len(texts(m.string)) != 2 or not all(texts(m.string))] == []


def test_white_space_at_the_ends_is_kept() -> None:
    def ends(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    pairs = [(texts(m.id), texts(m.string)) for m in messages()]
    assert [found for found in pairs if ends(found[0][0]) != ends(found[1][0])] == []


def test_markers_hold_plain_texts() -> None:
    """A marker around an f-string or a sum of texts is never found in the catalogue."""
    wrong = []
    for name, tree in trees():
        for call in ast.walk(tree):
            marker = called(call)
            if marker in translations.MARKERS:
                arguments = call.args[: translations.MARKERS[marker]]
                wrong += [f"{name}:{call.lineno}" for a in arguments if isinstance(a, (ast.JoinedStr, ast.BinOp))]
    assert wrong == []


def test_no_french_text_escapes_translation() -> None:
    found = []
    for name, tree in trees():
        if name not in NOT_WORDING and not name.startswith(NOT_WORDING_FOLDERS):
            found += [f"{name}:{node.lineno}: {node.value!r}" for node in unmarked(tree) if looks_french(node.value)]
    assert found == []


def test_words_given_to_controls_are_marked() -> None:
    found = []
    for name, tree in trees():
        if name.startswith("facturepro/ui/") and not name.startswith(NOT_WORDING_FOLDERS):
            for call in ast.walk(tree):
                if called(call) in MADE_FOR_READING and call.args and is_words(call.args[0]):
                    found.append(f"{name}:{call.lineno}: {call.args[0].value!r}")
    assert found == []


@pytest.mark.parametrize("text", ["Émettre", "Fermer la fenêtre", "Rien pour le client", "l’avis", "« {name} »"])
def test_the_search_for_french_can_find(text: str) -> None:
    tree = ast.parse(f"def f():\n    '''Docstring é.'''\n    log.info('é')\n    return g(_('é'), {text!r})")
    assert [node.value for node in unmarked(tree) if looks_french(node.value)] == [text]


@pytest.mark.parametrize("text", ["SELECT id FROM invoice", "nav.clients", "client", "application/json", "%Y-%m-%d"])
def test_the_search_for_french_leaves_code_alone(text: str) -> None:
    assert not looks_french(text)


def test_english_is_spoken_when_chosen() -> None:
    try:
        i18n.set_language("en")
        assert i18n._("Nouvelle facture") == "New invoice"
        assert i18n.ngettext("{count} facture", "{count} factures", 0) == "{count} invoices"
        assert i18n.ngettext("{count} facture", "{count} factures", 1) == "{count} invoice"
    finally:
        i18n.set_language(i18n.SOURCE_LANGUAGE)
    assert i18n.ngettext("{count} facture", "{count} factures", 0) == "{count} facture"


def test_labels_are_not_translated_while_importing() -> None:
    """A text translated at import keeps the language of that moment: in English from the start, all must be English."""
    code = (
        "from facturepro import i18n; i18n.set_language('en');"
        "from facturepro.services import catalog; from facturepro.domain.errors import UserError;"
        "print(i18n._(catalog.entity('invoice').model.label), UserError('invoice_no_client').message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode == 0:
        assert "Facture" not in done.stdout
    else:
        assert "KeyError" in done.stderr, done.stderr
    frozen = []
    for name, tree in trees():
        frozen += [f"{name}:{node.lineno}" for node in at_import(tree) if called(node) in ("_", "ngettext")]
    assert frozen == []


# -- reading the program


@cache
def trees() -> list[tuple[str, ast.Module]]:
    paths = [path for room in ROOMS for path in sorted((ROOT / "facturepro" / room).rglob("*.py"))]
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_bytes())) for path in paths]


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def unmarked(tree: ast.AST) -> Iterator[ast.Constant]:
    """Texts outside markers, docstrings, logs and errors of the programmer."""
    for node in ast.iter_child_nodes(tree):
        if called(node) in translations.MARKERS or is_log(node) or isinstance(node, (ast.Assert, ast.Raise)):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.keyword) and node.arg in DATA_KEYWORDS:
            continue
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node
            continue
        yield from unmarked(node)


def is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGERS


def looks_french(text: str) -> bool:
    if (
        text.strip() in ALLOWED
        or text.startswith(ALLOWED_STARTS)
        or (not re.search(r"[A-Za-z]", text) and "«" not in text)
    ):
        return False
    if FRENCH_LETTERS.search(text):
        return True
    return (
        len(FRENCH_WORDS.findall(text)) >= 2
        and " " in text.strip()
        and not re.search(r"\b(SELECT|CREATE|UPDATE)\b", text)
    )


def is_words(node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return (
        bool(re.search(r"[A-Za-zÀ-ÿ]{2}", node.value))
        and node.value not in SYMBOLS
        and not re.fullmatch(r"[a-z][a-z_.-]*", node.value)
    )


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """Everything that runs when the module is imported: not the bodies of functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from (inner for default in node.args.defaults for inner in ast.walk(default))
        else:
            yield node
            yield from at_import(node)
