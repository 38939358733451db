"""Make resources/guide/index.html, which F1 opens without a network, from docs/guide/*.md.

    uv run --group resources python tools/build_guide.py

One page, pictures of the light theme embedded at half size. A digest of the sources stands in the page, so that a test
can tell that it is out of date without the Markdown library.
"""

import base64
import hashlib
import io
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guide"
TARGET = ROOT / "resources" / "guide" / "index.html"
PICTURE_WIDTH, COLOURS = 720, 48
STYLE = """
:root { color-scheme: light dark; --text: #1b1b1f; --soft: #5c5c66; --back: #ffffff; --line: #e3e3e8; --accent: #3350c4; }
@media (prefers-color-scheme: dark) {
  :root { --text: #ececf0; --soft: #a9a9b4; --back: #18181b; --line: #34343a; --accent: #8fa3ff; }
}
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1.5rem 5rem; background: var(--back); color: var(--text);
  font: 15px/1.6 "Inter FP", Inter, system-ui, sans-serif; }
h1 { font-size: 28px; margin: 3.5rem 0 1rem; line-height: 1.25; } h2 { font-size: 20px; margin: 2rem 0 .75rem; }
a { color: var(--accent); } img { max-width: 100%; border: 1px solid var(--line); border-radius: 6px; }
code { font-size: 13px; } pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; } td, th { text-align: left; padding: .35rem 1rem .35rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); } th { color: var(--soft); font-weight: 500; }
"""


def chapters() -> list[Path]:
    """The contents page, then its chapters in its order."""
    index = GUIDE / "index.md"
    return [index] + [GUIDE / name for name in re.findall(r"\]\(([\w-]+\.md)\)", index.read_text(encoding="utf-8"))]


def digest() -> str:
    """Of everything the page is made from."""
    pictures = sorted({path for chapter in chapters() for path in shown_pictures(chapter)})
    everything = hashlib.sha256()
    for path in [Path(__file__), *chapters(), *pictures]:
        everything.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return everything.hexdigest()


def shown_pictures(chapter: Path) -> list[Path]:
    names = re.findall(r"!\[[^\]]*\]\(([^)]+-clair\.png)\)", chapter.read_text(encoding="utf-8"))
    return [(chapter.parent / name).resolve() for name in names]


def html() -> str:
    body = "\n".join(f'<section id="{path.stem}">\n{section(path)}\n</section>' for path in chapters())
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="sources" content="{digest()}">\n<title>Guide de FacturePro</title>\n<style>{STYLE}</style>\n'
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def section(path: Path) -> str:
    from markdown import markdown

    text = path.read_text(encoding="utf-8")
    text = re.sub(r"!\[[^\]]*\]\([^)]+-sombre\.png\)\n?", "", text)
    made = markdown(text, extensions=["tables", "fenced_code"], output_format="html")
    made = re.sub(r'href="([\w-]+)\.md"', r'href="#\1"', made)
    return re.sub(r'src="([^"]+\.png)"', lambda found: f'src="{embedded(path.parent / found[1])}"', made)


def embedded(path: Path) -> str:
    from PIL import Image

    picture = Image.open(path).convert("RGB")
    height = round(picture.height * PICTURE_WIDTH / picture.width)
    small = picture.resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS).quantize(
        COLOURS, dither=Image.Dither.NONE
    )
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(html(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
