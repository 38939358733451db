"""The logo: scaled, cleaned, named by its bytes."""

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Picture

from facturepro.domain.errors import UserError
from facturepro.services import logo, records
from facturepro.services.company import OpenCompany, settings


def picture(path: Path, size: tuple[int, int], mode: str = "RGB", kind: str = "PNG") -> Path:
    color = (51, 80, 196, 128)[: len(mode)]
    Picture.new(mode, size, color).save(path, kind)
    return path


def test_a_large_picture_becomes_small_and_keeps_its_shape(company: OpenCompany, tmp_path: Path) -> None:
    image_id = logo.set_logo(company, picture(tmp_path / "a.jpg", (1800, 900), kind="JPEG"))
    assert settings(company)["logo"] == image_id
    data = logo.logo_bytes(company)
    assert data is not None
    assert Picture.open(BytesIO(data)).size == (600, 300)
    record = records.get(company, "image", image_id)
    assert base64.b64decode(record["data"]) == data
    assert record["media_type"] == "image/png"


def test_transparency_stays(company: OpenCompany, tmp_path: Path) -> None:
    logo.set_logo(company, picture(tmp_path / "a.png", (40, 40), "RGBA"))
    assert Picture.open(BytesIO(logo.logo_bytes(company) or b"")).mode == "RGBA"


def test_the_same_picture_is_one_record(company: OpenCompany, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", (40, 40))
    first = logo.set_logo(company, path)
    logo.remove_logo(company)
    assert logo.logo_bytes(company) is None
    assert logo.set_logo(company, path) == first
    other = logo.set_logo(company, picture(tmp_path / "b.png", (41, 40)))
    assert other != first


def test_noise_that_is_too_large_for_png_becomes_jpeg(company: OpenCompany, tmp_path: Path) -> None:
    import random

    noise = Picture.frombytes("RGB", (600, 600), random.Random(1).randbytes(600 * 600 * 3))
    noise.save(tmp_path / "n.png")
    image_id = logo.set_logo(company, tmp_path / "n.png")
    assert records.get(company, "image", image_id)["media_type"] == "image/jpeg"


def test_what_is_no_picture_changes_nothing(company: OpenCompany, tmp_path: Path) -> None:
    before = logo.set_logo(company, picture(tmp_path / "a.png", (40, 40)))
    (tmp_path / "no.png").write_bytes(b"not a picture")
    for path, code in ((tmp_path / "no.png", "logo_invalid"), (tmp_path / "gone.png", "file_missing")):
        with pytest.raises(UserError) as caught:
            logo.set_logo(company, path)
        assert caught.value.code == code
    assert settings(company)["logo"] == before
