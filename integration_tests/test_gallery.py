"""What the example site makes of pictures that people have."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageColor

from example_site.gallery.images import PAPER, make_thumbnail

PICTURES = {
    "transparent": (Image.new("RGBA", (400, 300), (0, 0, 0, 0)), ImageColor.getrgb(PAPER)),
    "palette": (Image.new("P", (400, 300), 0), (0, 0, 0)),
    "16 bits": (Image.new("I;16", (400, 300), 0x8080), (0x80, 0x80, 0x80)),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_thumbnail_shows_what_the_picture_shows(kind: str) -> None:
    picture, colour = PICTURES[kind]
    source = BytesIO()
    picture.save(source, "PNG")

    with Image.open(BytesIO(make_thumbnail(source))) as thumbnail:
        seen = thumbnail.getpixel((100, 100))

    assert isinstance(seen, tuple)
    assert max(abs(one - other) for one, other in zip(seen, colour, strict=True)) <= 2
