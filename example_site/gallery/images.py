"""What is done to pictures; knows neither Django nor Celery."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence

THUMBNAIL_SIZE = (320, 240)
SHEET_COLUMNS = 3
MARGIN, CAPTION, CAPTION_LENGTH = 24, 36, 32
PAPER, INK = "#faf8f5", "#57534e"


def make_thumbnail(source: IO[bytes]) -> bytes:
    """A JPEG of ``THUMBNAIL_SIZE``, upright, cut to shape from the middle of the picture."""
    with Image.open(source) as picture:
        picture.draft("RGB", (THUMBNAIL_SIZE[0] * 2, THUMBNAIL_SIZE[1] * 2))
        upright = ImageOps.exif_transpose(picture)
        return to_jpeg(ImageOps.fit(in_rgb(upright), THUMBNAIL_SIZE))


def in_rgb(picture: Image.Image) -> Image.Image:
    """The picture in plain colours: on paper where it is transparent, 16 bits as 8."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    paper = Image.new("RGBA", picture.size, PAPER)
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")


def make_contact_sheet(thumbnails: Sequence[tuple[str, IO[bytes]]]) -> bytes:
    """A JPEG with all thumbnails, each with its name below, ``SHEET_COLUMNS`` in a row."""
    sheet = Image.new("RGB", sheet_size(len(thumbnails)), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(16)
    width, height = THUMBNAIL_SIZE
    for number, (name, source) in enumerate(thumbnails):
        row, column = divmod(number, SHEET_COLUMNS)
        left = MARGIN + column * (width + MARGIN)
        top = MARGIN + row * (height + CAPTION)
        with Image.open(source) as thumbnail:
            sheet.paste(thumbnail, (left, top))
        caption = name if len(name) <= CAPTION_LENGTH else f"{name[:CAPTION_LENGTH]}…"
        draw.text((left + width / 2, top + height + 8), caption, INK, font, anchor="ma")
    return to_jpeg(sheet)


def sheet_size(count: int) -> tuple[int, int]:
    """Width and height of a contact sheet of ``count`` thumbnails."""
    columns, rows = min(count, SHEET_COLUMNS), -(-count // SHEET_COLUMNS)
    width, height = THUMBNAIL_SIZE
    return MARGIN + columns * (width + MARGIN), MARGIN + rows * (height + CAPTION)


def to_jpeg(picture: Image.Image) -> bytes:
    target = BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()
