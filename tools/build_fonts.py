"""Make "Inter FP" (Inter with tabular figures built in) from npm @expo-google-fonts/inter 0.4.2.

The feature ``tnum`` would also widen hyphens and commas, and neither ReportLab nor every Qt text path can switch it
on. Here only the ten digits of the character map point to their tabular glyphs.

    npm pack @expo-google-fonts/inter@0.4.2 && tar xzf expo-google-fonts-inter-0.4.2.tgz
    python tools/build_fonts.py package resources/fonts
"""

import argparse
import shutil
from pathlib import Path

from fontTools.ttLib import TTFont

SOURCES = {
    "InterFP-Regular.ttf": "400Regular/Inter_400Regular.ttf",
    "InterFP-Medium.ttf": "500Medium/Inter_500Medium.ttf",
    "InterFP-SemiBold.ttf": "600SemiBold/Inter_600SemiBold.ttf",
    "InterFP-Bold.ttf": "700Bold/Inter_700Bold.ttf",
}
NAMES_WITH_FAMILY = (1, 4, 6, 16)


def tabular_digits(font: TTFont) -> dict[str, str]:
    """Glyph of a digit -> its tabular glyph, read from the feature ``tnum``."""
    table = font["GSUB"].table
    mapping: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for subtable in table.LookupList.Lookup[index].SubTable:
                    mapping.update(getattr(subtable, "ExtSubTable", subtable).mapping)
    return mapping


def rename(font: TTFont) -> None:
    for record in font["name"].names:
        if record.nameID in NAMES_WITH_FAMILY:
            text = record.toUnicode()
            new = text.replace("Inter", "InterFP" if record.nameID == 6 else "Inter FP", 1)
            font["name"].setName(new, record.nameID, record.platformID, record.platEncID, record.langID)


def build(source: Path, target: Path) -> None:
    font = TTFont(source, recalcTimestamp=False)
    tabular = tabular_digits(font)
    for table in font["cmap"].tables:
        if table.isUnicode():
            for code in range(0x30, 0x3A):
                table.cmap[code] = tabular.get(table.cmap[code], table.cmap[code])
    rename(font)
    font.save(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help="unpacked npm package @expo-google-fonts/inter")
    parser.add_argument("target", type=Path, help="folder of the fonts, resources/fonts")
    arguments = parser.parse_args()
    arguments.target.mkdir(parents=True, exist_ok=True)
    for name, source in SOURCES.items():
        build(arguments.package / source, arguments.target / name)
    shutil.copyfile(arguments.package / "LICENSE_FONT", arguments.target / "OFL.txt")


if __name__ == "__main__":
    main()
