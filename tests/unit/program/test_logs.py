"""One JSON object a line, from our events and from libraries alike, whatever an event holds.

In processes of their own: a program configures its logs once, for all that runs in it.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

# Logs what a program may log, and what would trip a careless JSON writer.
PROGRAM = """
import logging, sys
from uuid import UUID
import structlog
from getme.program.logs import configure_logs

configure_logs(log_format=sys.argv[1] or None, level=sys.argv[2])
log = structlog.get_logger()
log.debug("quiet")
log.info("call", user=UUID(int=1), number=2**70, odd="\\ud800", text="a\\nb\\x1b[31m")
try:
    raise ValueError("first") from KeyError("cause")
except ValueError:
    log.exception("crashed")
    logging.getLogger("cassandra.pool").exception("library crashed: %s", "why")
logging.getLogger("library").info("from a %s", "library")
logging.getLogger("cassandra.cluster").info("about itself")
logging.getLogger("cassandra.cluster").warning("trouble")
"""


def printed(log_format: str = "json", level: str = "info") -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, log_format, level],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return ended.stdout.splitlines()


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed()]


def test_every_line_is_a_json_object_with_time_level_and_event(
    events: list[dict[str, Any]],
) -> None:
    assert [(event["event"], event["level"]) for event in events] == [
        ("call", "info"),
        ("crashed", "error"),
        ("library crashed: why", "error"),
        ("from a library", "info"),
        ("trouble", "warning"),
    ]
    assert all(event["timestamp"].endswith("Z") for event in events)


def test_values_that_json_does_not_know_are_written_in_words(events: list[dict[str, Any]]) -> None:
    call = events[0]
    assert call["user"] == "UUID('00000000-0000-0000-0000-000000000001')"
    assert (call["number"], call["odd"], call["text"]) == (2**70, "\ud800", "a\nb\x1b[31m")


def test_our_exceptions_are_written_with_traceback_and_cause(events: list[dict[str, Any]]) -> None:
    assert "KeyError: 'cause'" in events[1]["exception"]
    assert events[1]["exception"].endswith("ValueError: first")


def test_exceptions_of_libraries_are_written_in_a_few_words(events: list[dict[str, Any]]) -> None:
    assert events[2]["error"] == "ValueError: first"
    assert "exception" not in events[2]


def test_libraries_are_named_and_the_noisy_ones_kept_to_warnings(
    events: list[dict[str, Any]],
) -> None:
    assert [event.get("logger") for event in events] == [
        None, None, "cassandra.pool", "library", "cassandra.cluster"
    ]  # fmt: skip


def test_format_left_open_is_json_where_nobody_watches() -> None:
    assert [json.loads(line)["event"] for line in printed(log_format="", level="error")] == [
        "crashed",
        "library crashed: why",
    ]


def test_text_is_for_a_person() -> None:
    lines = printed(log_format="text", level="debug")
    assert any("quiet" in line for line in lines)
    assert not any(line.startswith("{") for line in lines)


MOVED = """
import logging
import structlog
from getme.program.logs import configure_logs

threshold = configure_logs(log_format="json", level="warning")
log = structlog.get_logger()

def say(when):
    for level in ("debug", "info", "warning"):
        getattr(log, level)(f"{when} {level}")
    logging.getLogger("library").debug("%s library", when)
    logging.getLogger("cassandra.cluster").info("%s about itself", when)

say("before")
threshold.down_to_debug()
say("meanwhile")
threshold.down_to_debug()
threshold.back()
say("after")
"""


def test_the_level_can_be_lowered_and_put_back() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", MOVED], capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [event["event"] for event in events] == [
        "before warning",
        "log_level",
        "meanwhile debug",
        "meanwhile info",
        "meanwhile warning",
        "meanwhile library",
        "log_level",
        "log_level",
        "after warning",
    ]
    assert [event["least"] for event in events if event["event"] == "log_level"] == [
        "debug",
        "debug",
        "warning",
    ]


ENDED_AT_ONCE = """
import os
import structlog
from getme.program.logs import configure_logs, finish_logs

configure_logs(log_format="json", level="info")
for number in range(2_000):
    structlog.get_logger().info("line", number=number)
finish_logs()
os._exit(0)
"""


def test_who_ends_the_process_at_once_can_have_all_written_before() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENDED_AT_ONCE], capture_output=True, text=True, check=True
    )
    numbers = [json.loads(line)["number"] for line in ended.stdout.splitlines()]
    assert numbers == list(range(2_000))


# Reads its own log, once there is more than finds room.
UNREAD = """
import os, sys
import structlog
from getme.program.logs import AUDIT, configure_logs

reads, writes = os.pipe()
os.dup2(writes, 1)
configure_logs(log_format="json", level="error")
for number in range(3):
    structlog.get_logger().error("common", text="x" * 600_000)
structlog.wrap_logger(None, logger_factory_args=(AUDIT,)).error("evidence")
log = b""
while b"evidence" not in log or log.count(b'"lines":1') + 2 * log.count(b'"lines":2') < 2:
    log += os.read(reads, 65_536)
while not log.endswith(b"\\n"):
    log += os.read(reads, 65_536)
sys.stderr.write(log.decode())
"""


def test_while_nobody_reads_audit_lines_find_room_where_others_are_lost() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", UNREAD], capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [event["event"] for event in events if event["event"] != "log_lines_dropped"] == [
        "common",
        "evidence",
    ]
    told = [event for event in events if event["event"] == "log_lines_dropped"]
    assert sum(each["lines"] for each in told) == 2
    assert not any(each["audit_lines"] for each in told)
