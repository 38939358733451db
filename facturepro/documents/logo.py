"""The company's logo as ReportLab may embed it: RGB or grey (PDF/A refuses CMYK), not larger than paper needs."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from reportlab.lib.utils import ImageReader

from facturepro.domain.errors import UserError

LARGEST_SIDE = 900  # pixels: 300 dpi over 76 mm
_EMBEDDABLE = ("RGB", "RGBA", "L", "LA")


@lru_cache(maxsize=8)
def read_logo(data: bytes) -> ImageReader:
    """PNG or JPEG bytes, transparent ones too.

    Raises:
        UserError: ``logo_invalid``, the bytes are no picture.
    """
    try:
        image: Image.Image = Image.open(BytesIO(data))
        image.load()
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise UserError("logo_invalid") from error
    if image.mode not in _EMBEDDABLE:
        has_alpha = "transparency" in image.info
        image = image.convert("RGBA" if has_alpha else "RGB")
    image.info.clear()  # no profile or resolution of the camera
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    return ImageReader(image)


def fit(image: ImageReader, width: float, height: float) -> tuple[float, float]:
    """Size in points within a box, proportions kept."""
    pixels_x, pixels_y = image.getSize()
    scale = min(width / pixels_x, height / pixels_y)
    return pixels_x * scale, pixels_y * scale
