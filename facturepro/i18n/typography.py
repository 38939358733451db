"""French typography: a space that must not break before « : ; ! ? » and inside « guillemets ».

The texts in the source have plain spaces, which are easy to type and to find. They become no-break spaces where a text is
looked up (``facturepro.i18n``, ``facturepro.documents.wording``), so no line ever begins with a question mark. Only spaces
that stand there are replaced: "10:30", "https://" and placeholders stay as they are.
"""

import re
from functools import lru_cache

NARROW_NBSP = "\u202f"
NBSP = "\u00a0"

_NARROW = re.compile(r" (?=[;!?])")
_WIDE = re.compile(r"(?<=«) | (?=[:»])")


@lru_cache(maxsize=4096)
def typeset(text: str) -> str:
    """``Sûr ? « {name} » : oui`` with U+202F before ; ! ? and U+00A0 before the colon and inside the guillemets."""
    return _WIDE.sub(NBSP, _NARROW.sub(NARROW_NBSP, text))
