"""Language of what people read: French in the source, other languages from gettext catalogues.

``_("Émettre la facture")`` answers the text in the current language; ``N_`` marks a text that is translated
later, when it is shown (labels of entity fields, error templates).
"""

import gettext
from functools import cache

from facturepro.assets import resources_dir

SOURCE_LANGUAGE = "fr"
LANGUAGES = {"fr": "Français", "en": "English"}

_current = SOURCE_LANGUAGE


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


def _(text: str) -> str:
    return _catalogue(_current).gettext(text) if text else text


def ngettext(singular: str, plural: str, n: int) -> str:
    if _current == SOURCE_LANGUAGE:  # French: 0 and 1 are singular
        return singular if abs(n) < 2 else plural
    return _catalogue(_current).ngettext(singular, plural, n)


def N_(text: str) -> str:
    """Mark a text for extraction without translating it yet."""
    return text
