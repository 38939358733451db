"""The catalogues of translations: what is marked in the program, merged into each language, and compiled.

    python tools/translations.py update     find new and changed texts, merge them into the .po files
    python tools/translations.py missing    print what a language still lacks
    python tools/translations.py compile    make the .mo files, which are committed

French is the source, so it has no catalogue. Every file is a function of the program's text alone: no dates, no line
numbers, so that two people who run this get the same bytes.
"""

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeGuard

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
DOMAIN = "facturepro"
LANGUAGES = ("en",)
COLUMNS = ("column", "day_column", "money_column", "quantity_column")
"""Functions of cli/output.py that translate their title themselves."""
MARKERS = {"_": 1, "N_": 1, "ngettext": 2} | dict.fromkeys(COLUMNS, 1)
"""Function -> how many texts it takes first."""
HEADER = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "MIME-Version": "1.0",
}


def po_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def mo_path(language: str) -> Path:
    return po_path(language).with_suffix(".mo")


def messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """File and text (singular and plural for ``ngettext``) of everything that is marked.

    Babel's own extractor takes any text inside the brackets, the ``"method"`` of ``_(METHODS[row["method"]])`` too;
    this one reads the syntax tree.
    """
    for path in sorted((ROOT / "facturepro").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        found = [call for call in ast.walk(ast.parse(path.read_bytes())) if isinstance(call, ast.Call)]
        for call in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
            marker = call.func.id if isinstance(call.func, ast.Name) else ""
            texts = [argument.value for argument in call.args if _is_text(argument)]
            if marker in MARKERS and len(texts) >= MARKERS[marker]:
                yield name, texts[0] if MARKERS[marker] == 1 else (texts[0], texts[1])


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def template() -> Catalog:
    """Every marked text once, with the files it is in."""
    catalog = Catalog(domain=DOMAIN, project="FacturePro")
    for name, text in messages():
        if (text[0] if isinstance(text, tuple) else text) != "":
            catalog.add(text, locations=[(name, None)])
    return catalog


def read(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, domain=DOMAIN)
    with path.open("rb") as source:
        return read_po(source, locale=language, domain=DOMAIN)


def merged(language: str) -> Catalog:
    """The language's catalogue with exactly today's texts; translations that are no longer used are dropped."""
    old, new = read(language), Catalog(locale=language, domain=DOMAIN, project="FacturePro", header_comment="")
    for message in template():
        if message.id:
            known = old.get(message.id[0] if message.pluralizable else message.id)
            translation = known.string if known is not None and known.pluralizable == message.pluralizable else None
            new.add(message.id, translation, locations=message.locations)
    return new


def po_bytes(catalog: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    return _po_header(catalog).encode() + buffer.getvalue()


def _po_header(catalog: Catalog) -> str:
    lines = {**HEADER, "Language": str(catalog.locale), "Plural-Forms": catalog.plural_forms}
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{key}: {value}\\n"\n' for key, value in lines.items()) + "\n"


def mo_bytes(catalog: Catalog) -> bytes:
    """The compiled catalogue. The header's dates are fixed: the same texts give the same bytes."""
    never = datetime(2026, 1, 1, tzinfo=UTC)
    plain = Catalog(locale=catalog.locale, domain=DOMAIN, fuzzy=False, creation_date=never, revision_date=never)
    for message in catalog:
        if message.id and is_complete(message.string):
            plain.add(message.id, message.string)
    buffer = io.BytesIO()
    write_mo(buffer, plain)
    return buffer.getvalue()


def is_complete(translation: str | tuple[str, ...] | None) -> bool:
    return all(translation) if isinstance(translation, (tuple, list)) else bool(translation)


def untranslated(catalog: Catalog) -> list[str | tuple[str, ...]]:
    return [message.id for message in catalog if message.id and not is_complete(message.string)]


def update() -> None:
    for language in LANGUAGES:
        catalog = merged(language)
        po_path(language).parent.mkdir(parents=True, exist_ok=True)
        po_path(language).write_bytes(po_bytes(catalog))
        print(f"{language}: {len(catalog)} texts, {len(untranslated(catalog))} to translate")


def compile_all() -> None:
    for language in LANGUAGES:
        mo_path(language).write_bytes(mo_bytes(read(language)))
        print(f"{mo_path(language).relative_to(ROOT)} written")


def report_missing() -> int:
    count = 0
    for language in LANGUAGES:
        for text in untranslated(merged(language)):
            count += 1
            print(f"{language}: {text!r}")
    return 1 if count else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("update", "missing", "compile"))
    action = parser.parse_args().action
    if action == "missing":
        return report_missing()
    (update if action == "update" else compile_all)()
    return 0


if __name__ == "__main__":
    sys.exit(main())
