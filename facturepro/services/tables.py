"""Tables in files: CSV in the encodings and with the separators that people have, and XLSX workbooks."""

import csv
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from facturepro.domain.errors import UserError
from facturepro.domain.money import plain
from facturepro.i18n import _

ENCODINGS = ("utf-8-sig", "cp1252")
SEPARATORS = ";,\t|"
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
UNPACKED_LIMIT = 1_000_000_000
"""A workbook that unpacks to more than this is refused (zip bombs)."""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run a text that begins so as a formula (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Table:
    """``rows`` are texts with the row number that a spreadsheet shows (the heading is row 1)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    separator: str


def read(path: Path) -> Table:
    """Raises UserError ``file_missing`` or ``file_not_table``."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError("file_missing", path=str(path)) from error
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from error
    is_archive = data.startswith(b"PK\x03\x04")
    if is_archive != (path.suffix.lower() in WORKBOOK_SUFFIXES):
        raise _refused(path, _("le contenu ne correspond pas à l’extension « {suffix} »").format(suffix=path.suffix))
    return _workbook(path, data) if is_archive else _text_table(path, data)


def _refused(path: Path, reason: str) -> UserError:
    return UserError("file_not_table", path=str(path), reason=reason)


def _table(path: Path, records: Iterable[Sequence[str]], encoding: str, separator: str) -> Table:
    numbered = [(number, tuple(cells)) for number, cells in enumerate(records, 1) if any(c.strip() for c in cells)]
    if not numbered:
        raise _refused(path, _("il est vide"))
    headings = tuple(cell.strip() for cell in numbered[0][1])
    return Table(headings, tuple(numbered[1:]), encoding, separator)


# -- CSV -----------------------------------------------------------------------------------------------------


def _text_table(path: Path, data: bytes) -> Table:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    if not encoding and any(byte < 9 or 13 < byte < 32 for byte in data[:65536]):
        raise _refused(path, _("ce n’est pas du texte"))
    for candidate in (encoding,) if encoding else ENCODINGS:
        try:
            text = data.decode(candidate)
        except UnicodeDecodeError:
            continue
        separator = separator_of(text)
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
        except csv.Error as error:
            raise _refused(path, _("guillemets ou lignes mal formés ({reason})").format(reason=error)) from error
        return _table(path, records, candidate, separator)
    raise _refused(path, _("encodage inconnu"))


def separator_of(text: str) -> str:
    """The separator that cuts the first lines into the most columns of equal number."""
    sample = text[:20000].splitlines()[:20]

    def score(separator: str) -> tuple[int, int]:
        try:
            counts = [len(cells) for cells in csv.reader(sample, delimiter=separator) if cells]
        except csv.Error:
            return (0, 0)
        alike = sum(1 for count in counts if count == counts[0])
        return (alike if counts and counts[0] > 1 else 0, counts[0] if counts else 0)

    best = max(SEPARATORS, key=score)
    return best if score(best)[0] else ";"


# -- XLSX ----------------------------------------------------------------------------------------------------


def _workbook(path: Path, data: bytes) -> Table:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_LIMIT:
                raise _refused(path, _("trop grand une fois décompressé"))
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0] if book.worksheets else None
            if sheet is None:
                raise _refused(path, _("il est vide"))
            sheet.reset_dimensions()  # files of other programs may announce one cell
            records = [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        finally:
            book.close()
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        EOFError,
    ) as error:
        raise _refused(path, _("ce n’est pas un classeur")) from error
    except SyntaxError as error:  # ParseError of damaged XML
        raise _refused(path, _("le classeur est endommagé")) from error
    return _table(path, records, "xlsx", "")


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, float):
        return plain(Decimal(repr(value)))  # the shortest form: what was typed into the cell
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


# -- writing -------------------------------------------------------------------------------------------------


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(DANGEROUS) else text


def meant(text: str) -> str:
    """The text that was made ``harmless``."""
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def write(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV (``;``, UTF-8 with mark) or a workbook, by the suffix; answers the number of rows.

    The file is complete or absent; an existing one is replaced only by a complete one.

    Raises:
        UserError: full disk, unwritable folder, unknown suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise UserError("value_invalid", text=path.name, label=_("Fichier"), choices=".csv, .xlsx")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        count = _write_csv(temporary, headings, rows) if suffix == ".csv" else _write_xlsx(temporary, headings, rows)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True) if temporary.parent.is_dir() else None
        if error.errno in (27, 28):
            raise UserError("disk_full") from error
        raise UserError("file_unwritable", path=str(path), reason=error.strerror or str(error)) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return count


def _write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(headings)
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def _csv_cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value, 2 if value.as_tuple().exponent == -2 else 0).replace(".", ",")
    if isinstance(value, date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else ("" if value is None else str(value))


def _write_xlsx(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Données"))
    sheet.append(list(headings))
    count = 0
    for row in rows:
        sheet.append([_legible(harmless(value)) if isinstance(value, str) else value for value in row])
        count += 1
    book.save(path)
    return count


def _legible(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(_printable(text))


def _printable(text: str) -> Iterator[str]:
    return (character for character in text if character >= " " or character in "\t\n\r")
