"""Chords in a cache that counts: the results themselves say when all parts are there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from celery import states
from celery.app.task import Context
from celery.backends.base import KeyValueStoreBackend
from celery.canvas import group, maybe_signature
from celery.exceptions import ChordError
from celery.result import GroupResult, ResultSet
from djcelery_models.errors import ResultNotDecodable
from kombu.utils.encoding import safe_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celery import Celery
    from django.core.cache.backends.base import BaseCache

logger = logging.getLogger(__name__)

CLAIM: Final = ".claim"
CLAIM_SECONDS: Final = 86_400
"""How long a body is not sent again, whatever is delivered once more."""
SENT: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A task of the header of a chord that has returned."""

    task_id: str
    group_id: str
    body: Any


class CachedChords(KeyValueStoreBackend):
    """What a backend on a cache does for chords.

    The number of parts that are awaited only says when it is time to look: a part that is
    delivered twice does not count twice, and a number that the cache has lost does no harm. One
    part claims the chord and sends the body; delivered again, it does so again, under the same id,
    unless it is known to have done it.
    """

    app: Celery
    expires: int | None
    chord_expires: int | None
    _chord_result_expires: int

    @property
    def cache(self) -> BaseCache:
        """The cache that holds the results."""
        raise NotImplementedError

    def ready_results(self, task_ids: Iterable[str]) -> Mapping[str, Any]:
        """Those of the results that are ready, by id. Raises ResultNotDecodable."""
        raise NotImplementedError

    def _apply_chord_incr(self, header_result_args: Any, body: Any, **kwargs: Any) -> None:
        super()._apply_chord_incr(header_result_args, body, **kwargs)  # type: ignore[misc]  # not in celery-types
        group_id, results = header_result_args[:2]
        key = self.get_key_for_chord(group_id)
        awaited = sum(1 for _ in part_ids(results))
        self.cache.set(key, awaited, timeout=self.chord_expires or None)

    def on_chord_part_return(
        self, request: Context, state: str, result: Any, **_kwargs: Any
    ) -> None:
        """Store what the body will need, though the task ignores it; send the body if it is time.

        Where the cache does not count, Celery's task ``celery.chord_unlock`` sends the body.
        """
        if not request.group or not request.id:
            return
        part = Part(task_id=request.id, group_id=request.group, body=request.chord)
        if not self._is_ready(part.task_id):
            self.store_result(part.task_id, result, state, request=request)
        if self.implements_incr and self._is_time_to_look(part):
            self._complete(part)

    def _is_ready(self, task_id: str) -> bool:
        try:
            return self.get_state(task_id) in states.READY_STATES
        except ResultNotDecodable:
            return False

    def _is_time_to_look(self, part: Part) -> bool:
        """Count the return of a part, and let what the chord needs live on."""
        kept = self._chord_result_expires
        self.expire(self.get_key_for_group(part.group_id), kept)
        if kept != (self.expires or 0):
            self.expire(self.get_key_for_task(part.task_id), kept)
        try:
            return self.cache.decr(self.get_key_for_chord(part.group_id)) <= 0
        except ValueError:
            return True  # the cache has lost the number, or the chord is done

    def _complete(self, part: Part) -> None:
        """Send the body, or let it fail, if all parts are there and no other part has done it."""
        outcome: list[Any] | ChordError | None
        header: Any = self.restore_group(part.group_id, cache=False)
        try:
            outcome = self._values(part.group_id, header)
        except ChordError as error:
            outcome = error
        claim = self.get_key_for_chord(part.group_id, CLAIM)
        if outcome is None or not self._claim(claim, part.task_id):
            return
        self._send_body(part, outcome)
        self.cache.set(claim, SENT, timeout=CLAIM_SECONDS)
        self._forget_chord(part.group_id, header)

    def _claim(self, key: str, task_id: str) -> bool:
        """Whether this part has the chord, now or since it was delivered before."""
        is_first = self.cache.add(key, task_id, timeout=CLAIM_SECONDS)
        return is_first or bool(self.cache.get(key) == task_id)

    def _values(self, group_id: str, header: GroupResult | None) -> list[Any] | None:
        """What the body is called with; None while a part has not returned.

        Raises ChordError if a part has failed or cannot be read.
        """
        if header is None:
            raise ChordError(f"GroupResult {group_id} no longer exists")
        ids = list(part_ids(header.results))
        try:
            parts = self.ready_results(ids)
        except ResultNotDecodable as error:
            raise ChordError(str(error)) from error
        if len(parts) < len(ids):
            return None
        for task_id in ids:
            if parts[task_id]["status"] in states.PROPAGATE_STATES:
                raised = parts[task_id]["result"]
                raise ChordError(f"Dependency {task_id} raised {safe_repr(raised)}") from raised
        return _values_of(header.results, parts)

    def _send_body(self, part: Part, outcome: list[Any] | ChordError) -> None:
        body: Any = maybe_signature(part.body, app=self.app)
        amqp: Any = self.app.amqp
        try:
            if isinstance(outcome, ChordError):
                raise outcome  # noqa: TRY301  # Celery takes the traceback off the stack
            amqp._retry_publish(body.delay, outcome)  # noqa: SLF001  # as Celery's own backends do
        except Exception as error:  # noqa: BLE001  # what keeps the body from running is its result
            logger.error("Body %s of chord %s fails: %s", body.id, part.group_id, type(error))  # noqa: TRY400  # the result tells more
            chord_error = _as_chord_error(error)
            self.chord_error_from_stack(body, chord_error)
            self._fail_outer(body, chord_error)

    def _fail_outer(self, body: Any, error: ChordError) -> None:
        """Let the chord know that waits for a body which will not run, as Celery does not."""
        for task in body.tasks if isinstance(body, group) else [body]:
            if "chord" in task.options:
                request = Context(task)
                request.update(
                    id=task.id, group=task.options["group_id"], chord=task.options["chord"]
                )
                self.on_chord_part_return(request, states.FAILURE, error)

    def _forget_chord(self, group_id: str, header: GroupResult | None) -> None:
        """Delete what only the chord needs; its parts live as long as other results again."""
        self.delete(self.get_key_for_chord(group_id))
        self.delete_group(group_id)
        if header is not None and self._chord_result_expires != (self.expires or 0):
            for task_id in part_ids(header.results):
                self.expire(self.get_key_for_task(task_id), self.expires or 0)


def part_ids(results: Iterable[Any] | None) -> Iterator[str]:
    """The ids of the tasks that a body waits for, those of groups in the header among them."""
    for result in results or ():
        if isinstance(result, ResultSet):
            yield from part_ids(result.results)
        else:
            yield result.id


def _values_of(results: Iterable[Any] | None, parts: Mapping[str, Any]) -> list[Any]:
    return [
        _values_of(result.results, parts)
        if isinstance(result, ResultSet)
        else parts[result.id]["result"]
        for result in results or ()
    ]


def _as_chord_error(error: Exception) -> ChordError:
    if isinstance(error, ChordError):
        return error
    chord_error = ChordError(f"Callback error: {safe_repr(error)}")
    chord_error.__cause__ = error
    return chord_error
