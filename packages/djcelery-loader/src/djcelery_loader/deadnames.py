"""Names that have no effect in a settings module, or none any more, and what to do instead."""

from __future__ import annotations

_FROM_COMMAND_LINE = "Give {command} the option {option}."
_REMOVED = "Remove it: {why}."
_RENAMED = "Use {name}."
_EXPORTED = "Set it in the environment of the process: it is not read from settings."
_NO_CELERYMON = "the program celerymon is gone, and manage.py celerymon says what replaced it"

_RENAMED_TO = {
    "BROKER_BACKEND": "CELERY_BROKER_URL, whose scheme is the transport",
    "CARROT_BACKEND": "CELERY_BROKER_URL, whose scheme is the transport",
    "CASSANDRA_COLUMN_FAMILY": "CELERY_CASSANDRA_TABLE",
    "CELERYD_ETA_SCHEDULER": "CELERY_WORKER_TIMER",
    "CELERYD_ETA_SCHEDULER_PRECISION": "CELERY_WORKER_TIMER_PRECISION",
    "CELERYD_FORCE_EXECV": 'CELERY_WORKER_POOL_START_METHOD = "spawn"',
    "CELERYD_SEND_EVENTS": "CELERY_WORKER_SEND_TASK_EVENTS",
    "CELERY_AMQP_TASK_RESULT_CONNECTION_MAX": "CELERY_BROKER_POOL_LIMIT",
    "CELERY_AMQP_TASK_RESULT_EXPIRES": "CELERY_RESULT_EXPIRES",
    "CELERY_BACKEND": "CELERY_RESULT_BACKEND",
    "CELERY_BROADCAST_EXCHANGE": "CELERY_CONTROL_EXCHANGE",
}

_NOTHING_INSTEAD = {
    "BROKER_INSIST": "no broker of today redirects its clients",
    "CASSANDRA_DETAILED_MODE": "the Cassandra backend keeps the last state of a task only",
    "CELERYD_MEDIATOR": "the worker has no mediator since Celery 3.1",
    "CELERYMON_LOG_FILE": _NO_CELERYMON,
    "CELERYMON_LOG_FORMAT": _NO_CELERYMON,
    "CELERYMON_LOG_LEVEL": _NO_CELERYMON,
    "CELERY_BROADCAST_EXCHANGE_TYPE": "the exchange of remote control is always a fanout",
    "CELERY_BROADCAST_QUEUE": "each worker's queue for remote control is named after the worker",
    "CELERY_CHORD_PROPAGATES": "an error in the header of a chord always fails its body",
    "CELERY_RIAK_BACKEND_SETTINGS": "Celery has no Riak backend since 5.0",
    "CELERY_TASK_ERROR_WHITELIST": "Celery sends no mail about failed tasks since 4.0",
    "TT_HOST": "Celery has no Tokyo Tyrant backend since 3.0",
    "TT_PORT": "Celery has no Tokyo Tyrant backend since 3.0",
}

_COMMAND_LINE = {
    "CELERYBEAT_LOG_FILE": ("celerybeat", "--logfile"),
    "CELERYBEAT_LOG_LEVEL": ("celerybeat", "--loglevel"),
    "CELERYD_AUTORELOADER": ("celeryd", "--autoreload"),
    "CELERYD_LOG_FILE": ("celeryd", "--logfile"),
    "CELERYD_LOG_LEVEL": ("celeryd", "--loglevel"),
}

_REPLICATED = (
    'Set CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum": '
    "RabbitMQ does not mirror a queue because a client asks for it."
)

_OTHERWISE = {
    "CELERYD_BOOT_STEPS": 'Add the bootstep to the app: app.steps["worker"].add(Step).',
    "CELERY_QUEUE_HA_POLICY": _REPLICATED,
    "CELERY_TASK_QUEUE_HA_POLICY": _REPLICATED,
    "CELERY_SEND_TASK_ERROR_EMAILS": (
        "Give the logger celery.app.trace Django's AdminEmailHandler in LOGGING: "
        "Celery sends no mail about failed tasks since 4.0."
    ),
}

_ENVIRONMENT = (
    "CELERY_APP",
    "CELERY_BENCH",
    "CELERY_CONFIG_MODULE",
    "CELERY_CUSTOM_WORKER_POOL",
    "CELERY_LOADER",
    "CELERY_RDBSIG",
    "CELERY_RDB_HOST",
    "CELERY_RDB_PORT",
    "CELERY_SKIP_CHECKS",
    "CELERY_TRACE_APP",
    "CELERY_WORKER_REVOKES_MAX",
    "CELERY_WORKER_REVOKE_EXPIRES",
    "CELERY_WORKER_SUCCESSFUL_EXPIRES",
    "CELERY_WORKER_SUCCESSFUL_MAX",
    # the init scripts' own
    "CELERYBEAT_CHDIR",
    "CELERYBEAT_GROUP",
    "CELERYBEAT_OPTS",
    "CELERYBEAT_PID_FILE",
    "CELERYBEAT_USER",
    "CELERYD_CHDIR",
    "CELERYD_GROUP",
    "CELERYD_MULTI",
    "CELERYD_NODES",
    "CELERYD_OPTS",
    "CELERYD_PID_FILE",
    "CELERYD_USER",
    "CELERY_BIN",
    "CELERY_CREATE_DIRS",
)

ADVICE: dict[str, str] = {
    **{name: _RENAMED.format(name=today) for name, today in _RENAMED_TO.items()},
    **{name: _REMOVED.format(why=why) for name, why in _NOTHING_INSTEAD.items()},
    **{
        name: _FROM_COMMAND_LINE.format(command=command, option=option)
        for name, (command, option) in _COMMAND_LINE.items()
    },
    **_OTHERWISE,
    **dict.fromkeys(_ENVIRONMENT, _EXPORTED),
}
"""What to do instead of each name, in a sentence. None of them is a setting of Django's."""
