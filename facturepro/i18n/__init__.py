"""Language of what people read: French in the source, other languages from gettext catalogues.

``_("Émettre la facture")`` answers the text in the current language; ``N_`` marks a text that is translated
later, when it is shown (labels of entity fields, error templates). French gets its no-break spaces here
(``facturepro.i18n.typography``), except within ``plain_text``.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from facturepro.assets import resources_dir
from facturepro.i18n.typography import typeset

SOURCE_LANGUAGE = "fr"
LANGUAGES = {"fr": "Français", "en": "English"}

_current = SOURCE_LANGUAGE
_is_typeset = True


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    return gettext.translation("facturepro", str(resources_dir() / "translations"), languages=[language], fallback=True)


def set_language(language: str) -> None:
    """Choose the language of every later translation. Unknown codes fall back to French."""
    global _current
    _current = language if language in LANGUAGES else SOURCE_LANGUAGE


def language() -> str:
    return _current


@contextmanager
def plain_text() -> Iterator[None]:
    """Within it texts are as in the source, with plain spaces: what programs read must not change with typography."""
    global _is_typeset
    before, _is_typeset = _is_typeset, False
    try:
        yield
    finally:
        _is_typeset = before


def _(text: str) -> str:
    if not text:
        return text
    return _shown(text) if _current == SOURCE_LANGUAGE else _catalogue(_current).gettext(text)


def ngettext(singular: str, plural: str, n: int) -> str:
    if _current == SOURCE_LANGUAGE:  # French: 0 and 1 are singular
        return _shown(singular if abs(n) < 2 else plural)
    return _catalogue(_current).ngettext(singular, plural, n)


def labelled(label: str, text: str) -> str:
    """``Reste : 120,00 €``: a label and what it names, with the punctuation of the language."""
    return _("{label} : {text}").format(label=label, text=text)


def _shown(french: str) -> str:
    return typeset(french) if _is_typeset else french


def N_(text: str) -> str:
    """Mark a text for extraction without translating it yet."""
    return text
