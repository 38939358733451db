"""What the documents say is there, and the guide of F1 is made from them."""

import re
from pathlib import Path

import pytest

from facturepro.cli import program
from tools import build_guide, build_record_reference

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "installer").glob("*.md")])
PAGES = (
    "premier-demarrage",
    "tableau-de-bord",
    "factures",
    "facture",
    "paiements",
    "clients",
    "produits",
    "fournisseurs",
    "stock",
    "mouvements",
    "entrepots",
    "synchronisation",
    "corbeille",
    "parametres",
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_the_first_screen_of_the_readme_has_the_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:25]
    assert "pip install uv && uv run facturepro --demo" in first_screen
    assert "pip install uv && uv run pytest" in first_screen


def test_every_page_is_pictured_in_both_themes() -> None:
    guide = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "guide").glob("*.md"))
    for page in PAGES:
        for theme in ("clair", "sombre"):
            assert (ROOT / "docs" / "images" / f"{page}-{theme}.png").is_file()
            assert f"{page}-{theme}.png" in guide


def test_the_guide_of_the_program_is_up_to_date() -> None:
    page = build_guide.TARGET.read_text(encoding="utf-8")
    assert build_guide.digest() in page, "run: uv run --group resources python tools/build_guide.py"


def test_the_reference_of_the_records_is_up_to_date() -> None:
    written = build_record_reference.TARGET.read_text(encoding="utf-8")
    assert written == build_record_reference.text(), "run: uv run python tools/build_record_reference.py"


def test_the_guide_of_the_program_needs_no_network() -> None:
    page = build_guide.TARGET.read_text(encoding="utf-8")
    assert [
        source for source in re.findall(r'(?:src|href)="([^"]*)"', page) if not source.startswith(("#", "data:"))
    ] == []
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert len(anchors) >= 10
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_every_chapter_is_listed() -> None:
    assert {path.name for path in build_guide.chapters()} == {path.name for path in build_guide.GUIDE.glob("*.md")}


def test_commands_in_the_documents_exist() -> None:
    root = program.build()
    known = {**root.commands, "gui": None, "gallery": None}  # the last two come from the composition root
    wrong = []
    for path in DOCUMENTS:
        for line in re.findall(r"facturepro ((?:[a-z]+ ?)+)", code_of(path.read_text(encoding="utf-8"))):
            first, *rest = line.split()
            commands = getattr(known.get(first), "commands", None)
            if first not in known or (commands and rest and rest[0] not in commands):
                wrong.append(f"{path.name}: {line}")
    assert wrong == []


def code_of(text: str) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_rooms_named_by_the_architecture_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "facturepro").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert [room for room in sorted(rooms) if f"  {room}/" not in text] == []
    named = set(re.findall(r"`((?:app|ui|cli|services|sync|documents|db|domain)/[\w/]+\.py)`", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / "facturepro" / name).is_file()] == []
