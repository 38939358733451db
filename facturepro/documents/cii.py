"""Writing UN/CEFACT Cross Industry Invoice elements."""

from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

_STANDARD = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{_STANDARD}CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}QualifiedDataType:100",
}


def _tag(name: str) -> str:
    prefix, _colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


class CiiElement:
    def __init__(self, node: Any) -> None:
        self.node = node

    def add(self, name: str, text: str | None = None, **attributes: str) -> "CiiElement":
        child = etree.SubElement(self.node, _tag(name), attributes)
        if text is not None:
            child.text = xml_text(text)
        return CiiElement(child)

    def add_if(self, name: str, text: str) -> None:
        """Empty elements are forbidden."""
        if text:
            self.add(name, text)

    def add_date(self, name: str, day: date | None) -> None:
        if day is not None:
            self.add(name).add("udt:DateTimeString", f"{day:%Y%m%d}", format="102")


def document() -> CiiElement:
    return CiiElement(etree.Element(_tag("rsm:CrossIndustryInvoice"), nsmap=NAMESPACES))


def money(value: Decimal) -> str:
    return f"{value:.2f}"


def xml_text(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(character for character in text if character >= " " or character in "\n\t")
