"""French as a typographer sets it where people read, and plain where programs do."""

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

from facturepro import i18n
from facturepro.assets import resources_dir
from facturepro.documents import fonts, sketch
from facturepro.documents.wording import Wording
from facturepro.domain.errors import UserError
from facturepro.i18n import _, labelled, ngettext
from facturepro.i18n.typography import NARROW_NBSP, NBSP, typeset
from tests.cli.conftest import Run, data_dir, run, shop, shop_folder
from tests.documents import samples
from tools import translations

__all__ = ["data_dir", "run", "shop", "shop_folder"]

pytestmark = pytest.mark.typeset


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace(NARROW_NBSP, " ")


def fields(text: str) -> list[tuple[str | None, ...]]:
    return [part[1:] for part in string.Formatter().parse(text) if part[1] is not None]


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("Sûr ?", "Sûr\u202f?"),
        ("Arrêté ; le reste demeure !", "Arrêté\u202f; le reste demeure\u202f!"),
        ("Erreur : « {name} »", "Erreur\u00a0: «\u00a0{name}\u00a0»"),
        ("« Vraiment ? »", "«\u00a0Vraiment\u202f?\u00a0»"),
        ("à 10:30, https://exemple.fr/?a=1;b", "à 10:30, https://exemple.fr/?a=1;b"),
        ("{at:%H:%M} et {share:.1f} !", "{at:%H:%M} et {share:.1f}\u202f!"),
        ("déjà\u00a0: fait", "déjà\u00a0: fait"),
        ("", ""),
    ],
)
def test_spaces_that_must_not_break(source: str, printed: str) -> None:
    assert typeset(source) == printed
    assert typeset(printed) == printed


def test_every_french_text_of_the_program() -> None:
    found = 0
    for message in translations.template():
        for text in message.id if isinstance(message.id, tuple) else (message.id,):
            shown = typeset(str(text))
            assert not re.search(r" [;!?»]| :|« ", shown), shown
            assert plain(shown) == plain(str(text))
            assert fields(shown) == fields(str(text))
            found += shown != text
    assert found > 100


def test_only_french_is_typeset() -> None:
    source = "Rien n’est perdu : « {name} »"
    assert _(source) == typeset(source) != source
    assert ngettext("{count} fiche !", "{count} fiches !", 2) == "{count} fiches\u202f!"
    assert labelled("Reste", "12") == "Reste\u00a0: 12"
    i18n.set_language("en")
    try:
        assert _(source) == source  # no such text in the catalogue: as it is
    finally:
        i18n.set_language("fr")
    with i18n.plain_text():
        assert _(source) == source


def test_a_person_reads_no_break_spaces_and_a_program_the_plain_text(run: Run, shop: Run) -> None:
    with i18n.plain_text():
        message = UserError("amount_invalid", text="douze").message
    assert "« douze »" in message
    arguments = ("product", "add", "--name", "Pose", "--price", "douze")
    answered = run(*arguments, "--json")
    assert answered.json["error"]["message"] == message
    assert typeset(message) in run(*arguments).err
    assert _("Sûr ?") == "Sûr\u202f?", "what was asked for one command does not outlive it"


def test_papers_have_the_signs_and_never_break_before_punctuation() -> None:
    words = Wording("fr", "EUR")
    assert words.text("{label} : à compléter", label="SIREN") == "SIREN\u00a0: à compléter"
    assert Wording("en", "EUR").prose("Terms : none") == "Terms : none"
    style = sketch.Style(size=9)
    for width in range(60, 200, 4):
        lines = sketch.wrap(words.prose("Opération : livraison de biens ; « sans » frais ?"), style, width)
        assert not [line for line in lines if line[0] in ":;?»"]
    for sign in (NBSP, NARROW_NBSP):
        assert fonts.shown(sign) == sign, "the paper's font lacks it"


def test_mentions_that_people_wrote_are_set_on_paper_and_sealed_as_written() -> None:
    from facturepro.documents.layout_sobre import SobreLayout

    content = replace(samples.main_invoice(), mentions=("Réserve de propriété : oui !",))
    assert "Réserve de propriété\u00a0: oui\u202f!" in SobreLayout(content).sentences()
    assert content.mentions == ("Réserve de propriété : oui !",)


def test_the_windows_font_has_the_signs() -> None:
    from fontTools.ttLib import TTFont

    for path in sorted(Path(resources_dir(), "fonts").glob("*.ttf")):
        assert {0xA0, 0x202F} <= set(TTFont(path).getBestCmap()), path.name
