"""The company's logo: any picture that a person chooses becomes a small PNG or JPEG that documents embed.

Its record's id is made from its bytes: the same picture is one record on every computer, and an issued document that names
the id names the picture.
"""

import base64
import hashlib
from io import BytesIO
from pathlib import Path

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from facturepro.db.models import Company, Image
from facturepro.db.models.company import COMPANY_ID
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import records
from facturepro.services.company import OpenCompany, settings

LARGEST_SIDE = 600
_LARGEST_FILE = 30_000_000
_LARGEST_DATA = 500_000  # of the stored bytes: base64 fits the field
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def set_logo(company: OpenCompany, path: Path) -> str:
    """Keep a picture file as the logo, scaled down to 600 pixels; answers the id of its record.

    Raises:
        UserError: missing file, or not a picture. The logo is as it was.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError("logo_invalid")
        media_type, data = prepared(path.read_bytes())
    except FileNotFoundError as error:
        raise UserError("file_missing", path=str(path)) from error
    except OSError as error:
        raise UserError("logo_invalid") from error
    image_id = id_of(data)
    with company.db.write(_("Logo changé")) as work:
        if work.get(Image, image_id) is None:
            work.add(Image(id=image_id, media_type=media_type, data=base64.b64encode(data).decode()))
        own = work.get(Company, COMPANY_ID)
        assert own is not None
        own.logo = image_id
    return image_id


def remove_logo(company: OpenCompany) -> None:
    """Documents to come have none; those that are issued keep theirs."""
    with company.db.write(_("Logo retiré")) as work:
        own = work.get(Company, COMPANY_ID)
        assert own is not None
        own.logo = ""


def logo_bytes(company: OpenCompany) -> bytes | None:
    """The picture as it is stored, or None."""
    image_id = settings(company)["logo"]
    found = records.get_many(company, "image", [image_id]) if image_id else []
    return base64.b64decode(found[0]["data"]) if found else None


def id_of(data: bytes) -> str:
    """A UUID (version 8) made from the bytes."""
    digest = hashlib.sha256(data).hexdigest()[:32]
    variant = "89ab"[int(digest[16], 16) % 4]
    text = f"{digest[:12]}8{digest[13:16]}{variant}{digest[17:]}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def prepared(data: bytes) -> tuple[str, bytes]:
    """(media type, bytes): upright, at most 600 pixels, without what the camera knew; PNG when it is see-through or
    small, else JPEG.

    Raises:
        UserError: ``logo_invalid``.
    """
    try:
        with Picture.open(BytesIO(data), formats=_FORMATS) as opened:
            picture = ImageOps.exif_transpose(opened)
            is_clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
            picture = picture.convert("RGBA" if is_clear else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Picture.DecompressionBombError) as error:
        raise UserError("logo_invalid") from error
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    picture.info.clear()
    as_png = _saved(picture, "PNG", optimize=True)
    if len(as_png) <= _LARGEST_DATA:
        return "image/png", as_png
    flat = Picture.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A") if is_clear else None)
    return "image/jpeg", _saved(flat, "JPEG", quality=88, optimize=True)


def _saved(picture: Picture.Image, kind: str, **options: object) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
