"""The part of the database backend that runs chords."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from celery import states
from celery.app.task import Context
from celery.canvas import group, maybe_signature
from celery.exceptions import ChordError, NotRegistered
from django.db import transaction
from djcelery_models import encoding
from djcelery_models.errors import ResultNotDecodable
from kombu.exceptions import OperationalError
from kombu.serialization import prepare_accept_content
from kombu.utils import json
from kombu.utils.encoding import safe_repr

from . import chords
from .chords import Claim, Part, Progress
from .looking import look
from .reading import ReadingBackend
from .storing import in_transaction, store

if TYPE_CHECKING:
    from celery.canvas import Signature
    from celery.result import AsyncResult
    from djcelery_models.models import ChordMeta

logger = logging.getLogger(__name__)

COUNTED = "djcelery_counted"
"""Where a request notes that its task was counted when its result was stored."""


class ChordingBackend(ReadingBackend):
    """Chords whose body is sent once, by the worker that stores the last part."""

    def apply_chord(
        self, header_result_args: tuple[str, Any], body: Signature[Any], **_kwargs: Any
    ) -> None:
        """Store a chord before its header is sent. Raises ResultNotEncodable for its body.

        If it cannot be settled it is sent all the same: workers look after what is not settled.
        """
        group_id, results = header_result_args[:2]
        serializer = body.options.get("serializer") or self.app.conf.task_serializer
        stored = encoding.pack(dict(body), serializer=serializer, owner=f"chord {group_id}")
        if chords.begin(group_id, chords.header_ids(results), stored):
            transaction.on_commit(partial(self._settle, group_id), using=chords.database())

    def add_to_chord(self, chord_id: str, result: AsyncResult[Any]) -> None:
        """Let a chord wait for one more task."""
        chords.extend(chord_id, chords.header_ids([result]))

    def on_chord_part_return(
        self, request: Context, state: str, result: object, **_kwargs: Any
    ) -> None:
        """Fire the chord if this was its last part; one that was not stored is counted here."""
        if not request.group or not request.id:
            return
        if COUNTED in vars(request):
            progress = vars(request).pop(COUNTED)
        else:
            progress = self._count_ignored(request, state, result)
        if progress is not None and progress.is_complete:
            self.fire_chord(request.group)

    def mark_as_failure(  # type: ignore[override]  # Celery's other arguments are passed on
        self,
        task_id: str,
        exc: Exception,
        traceback: Any = None,
        request: Any = None,
        **kwargs: Any,
    ) -> None:
        """Celery's; a task that the worker does not know counts in its chord too."""
        super().mark_as_failure(task_id, exc, traceback=traceback, request=request, **kwargs)
        if isinstance(exc, NotRegistered) and not getattr(request, "chord", None):
            self._count_unknown(task_id)

    def fire_chord(self, group_id: str) -> None:
        """Send the body of a chord whose parts are all done, unless another does.

        What keeps it from being sent now does not lose it, nor fail the task that came last:
        workers look after what was left behind.
        """
        try:
            claim = chords.claim(group_id)
            if claim is not None:
                self._fire(claim)
        except Exception:  # the boundary to the task that came last
            logger.exception("Chord %s was not fired yet", group_id)

    def sweep(self) -> None:
        """Fire the chords that were left behind by processes that died."""
        for group_id in chords.unsettled():
            self._settle(group_id)
        for group_id in chords.left_behind():
            self.fire_chord(group_id)

    def _settle(self, group_id: str) -> None:
        try:
            progress = chords.settle(group_id)
        except Exception:  # the boundary to who sends the chord
            logger.exception("Chord %s was not settled yet", group_id)
        else:
            if progress is not None and progress.is_complete:
                self.fire_chord(group_id)

    def _count_unknown(self, task_id: str) -> None:
        """Count a part whose message nobody has read: only the header of its chord knows of it."""
        try:
            group_id = chords.group_of(task_id)
            if group_id is not None:
                progress = self._count(Part(group_id=group_id, task_id=task_id))
                if progress is not None and progress.is_complete:
                    self.fire_chord(group_id)
        except Exception:  # the boundary to the worker, which goes on
            logger.exception("Task %s, which is not registered, was not counted", task_id)

    def _count_ignored(self, request: Context, state: str, result: object) -> Progress | None:
        owner = f"task {request.id}"
        stored = encoding.write(self.encode_result(result, state), backend=self, owner=owner)
        group_id, task_id = str(request.group), str(request.id)
        return self._count(Part(group_id=group_id, task_id=task_id, status=state, stored=stored))

    def _count(self, part: Part) -> Progress | None:
        """Count a part whose result is stored already, or in the part itself."""
        using = chords.database()

        def write(cursor: Any) -> Progress | None:
            with in_transaction(cursor, using):
                return chords.count(part, cursor)

        return store(write, using=using, what=f"part {part.task_id} of chord {part.group_id}")

    def _fire(self, claim: Claim) -> None:
        chord = claim.chord
        stored = encoding.Stored(
            text=chord.body,
            content_type=chord.content_type,
            content_encoding=chord.content_encoding,
        )
        accept = prepare_accept_content(self.app.conf.accept_content)
        body: Any = maybe_signature(encoding.unpack(stored, accept=accept), app=self.app)
        if claim.is_repeated and body.id and self._is_done(body.id):
            chords.finish(chord)
            return
        try:
            values = self._values(chord)
        except ChordError as error:
            logger.exception("Chord %s: a part failed", chord.group_id)
            self._fail(body, error)
        else:
            if values is None or not self._send(body, values, chord):
                chords.release(chord)
                return
        chords.finish(chord)

    def _is_done(self, task_id: str) -> bool:
        return self.get_task_meta(task_id, cache=False)["status"] in states.READY_STATES

    def _send(self, body: Signature[Any], values: list[Any], chord: ChordMeta) -> bool:
        """Whether the body was sent, or will never be; False if the broker is lost for now."""
        try:
            self.app.amqp._retry_publish(body.delay, values)  # type: ignore[attr-defined]  # noqa: SLF001  # as Celery's own backends do
        except (OperationalError, OSError):
            logger.warning("Chord %s: its body was not sent yet", chord.group_id, exc_info=True)
            return False
        except Exception as error:  # whatever a serializer or a router raises
            logger.exception("Chord %s: its body cannot be sent", chord.group_id)
            failure = ChordError(f"Callback error: {safe_repr(error)}")
            failure.__cause__ = error
            self._fail(body, failure)
        return True

    def _fail(self, body: Any, error: ChordError) -> None:
        """Let the body fail, and with it the chord that it may be a part of in its turn."""
        self.chord_error_from_stack(body, error)
        for task in body.tasks if isinstance(body, group) else [body]:
            if task.options.get("chord"):
                known = {"id": task.id, "group": task.options.get("group_id")}
                request = Context(known, chord=task.options["chord"])
                self.on_chord_part_return(request, states.FAILURE, error)

    def _values(self, chord: ChordMeta) -> list[Any] | None:
        """What the parts returned, as the header is nested; None while one is being repeated.

        Raises ChordError for the first that failed or cannot be read.
        """
        try:
            return self._read_values(chord)
        except ResultNotDecodable as error:
            raise ChordError(str(error)) from error

    def _read_values(self, chord: ChordMeta) -> list[Any] | None:
        header = json.loads(chord.header)
        ids = list(chords.leaves(header))
        ignored = chords.ignored(chord)
        metas = {one: self.row_meta(row) for one, row in look(self.TaskModel, ids).items()}
        for one, stored in ignored.items():
            result = encoding.decode(stored, backend=self)
            metas.setdefault(one, {"status": stored.status, "result": result})
        for one in ids:
            if one not in metas:
                raise ChordError(f"The result of dependency {one} is gone")
            if metas[one]["status"] in states.PROPAGATE_STATES:
                cause = metas[one]["result"]
                raise ChordError(f"Dependency {one} raised {safe_repr(cause)}") from cause
        if any(metas[one]["status"] not in states.READY_STATES for one in ids):
            return None
        return nested(header, {one: metas[one]["result"] for one in ids})


def nested(header: list[Any], values: dict[str, Any]) -> list[Any]:
    """``values`` in the order and the nesting of the ids in ``header``."""
    return [nested(entry, values) if isinstance(entry, list) else values[entry] for entry in header]
