"""A visitor of the site: keeps cookies, and sends forms as a browser does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, NamedTuple

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

TIMEOUT_SECONDS = 20


class Answer(NamedTuple):
    """What the site has answered."""

    status: int
    headers: Message
    body: bytes


class StayHere(urllib.request.HTTPRedirectHandler):
    """Show a redirect instead of following it."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Visitor:
    """One browser session on the site at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._cookies = CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self._cookies)
        self._opener = urllib.request.build_opener(cookies, StayHere())

    def get(self, path: str) -> Answer:
        return self._open(path, None, {})

    def get_json(self, path: str) -> Any:
        return json.loads(self.get(path).body)

    def post(self, path: str, fields: Mapping[str, Any] | None = None) -> Answer:
        """Send a form with the token that the last page has brought."""
        tokens = {cookie.name: cookie.value for cookie in self._cookies}
        form = {"csrfmiddlewaretoken": tokens.get("csrftoken", ""), **(fields or {})}
        body = encode_multipart(BOUNDARY, form)
        return self._open(path, body, {"Content-Type": MULTIPART_CONTENT})

    def _open(self, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        url = self.url + path.lstrip("/")
        request = urllib.request.Request(url, body, headers)  # noqa: S310  # our own address
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())
