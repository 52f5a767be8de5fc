"""What may be uploaded, and what is said about the rest."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
MAX_PICTURES = 20
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000


class PicturesInput(forms.ClearableFileInput):
    """A file input that takes several pictures."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several pictures; all that is wrong with each of them is said at once."""

    widget = PicturesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files = data or []
        if not files:
            raise ValidationError("Choose one picture at least.")
        if len(files) > MAX_PICTURES:
            raise ValidationError(f"{len(files)} pictures are too many: {MAX_PICTURES} at a time.")
        errors = []
        for file in files:
            try:
                super().clean(file, initial)
                check_picture(file)
            except ValidationError as error:
                errors += [f"{file.name}: {message}" for message in error.messages]
        if errors:
            raise ValidationError(errors)
        return list(files)


class UploadForm(forms.Form):
    """The pictures of a new album."""

    pictures = PicturesField(
        widget=PicturesInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    )


def check_picture(file: UploadedFile[Any]) -> None:
    """Raise ValidationError unless ``file`` is a picture of a kind and a size that we take.

    Its ending is replaced by the right one for what it really is.
    """
    if not file.size or file.size > MAX_BYTES:
        raise ValidationError(
            f"has {filesizeformat(file.size or 0)}; up to {filesizeformat(MAX_BYTES)} are allowed."
        )
    try:
        with Image.open(file, formats=list(ENDINGS)) as picture:
            width, height = picture.size
            kind = picture.format or ""
            picture.verify()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise ValidationError(
            f"is no picture that can be read ({' or '.join(ENDINGS)})."
        ) from error
    if width * height > MAX_PIXELS:
        raise ValidationError(f"has {width} by {height} pixels; 40 million are allowed.")
    file.seek(0)
    file.name = f"{PurePath(file.name or 'picture').stem}.{ENDINGS[kind]}"
