"""Changes are recorded in lines of their own logger, at every level, whatever a fact holds.

In processes of their own: a program configures its logs once, for all that runs in it.
"""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, sys
from uuid import UUID
import structlog
from getme.program.logs import configure_logs
from getme_server.accounts.audit import Action
from getme_server.accounts.origin import Origin
from getme_server.audit_log import AuditLog

audit = AuditLog()
configure_logs(log_format=sys.argv[1], level=sys.argv[2])
facts = json.loads(sys.argv[3])
origin = Origin("request-1", "203.0.113.9", "a browser")
structlog.get_logger().info("noise")
audit.record(Action.STATUS_CHANGED, by="operator", user_id=UUID(int=7), origin=origin, **facts)
audit.record(Action.SIGN_IN_REFUSED, by="", user_id=None, origin=origin)
"""
EVIL = {
    "line break": 'x\n{"event": "registered"}',
    "carriage return": "x\r2026-01-01 [info] registered",
    "terminal": "\x1b[2J\x1b[31mred",
    "another line break": "a\u2028b\u0085c",
    "backwards": "\u202emoderator",
    "surrogate": "\ud800",
    "nul": "\0",
}
OWN_COLOURS = re.compile("\x1b\\[(?:0|1|2|22|32|34|35|36)m")  # in text; red is not


def lines(log_format: str, *, level: str = "info", **facts: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, log_format, level, json.dumps(facts)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return ended.stdout.split("\n")[:-1]


def records(log_format: str = "json", *, level: str = "info", **facts: str) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in lines(log_format, level=level, **facts)]
    return [event for event in events if event.get("logger") == "getme.audit"]


def test_a_record_says_who_did_what_to_whom_when_and_in_which_call() -> None:
    changed, refused = records(before="active", after="suspended")
    assert changed.pop("timestamp").endswith("Z")
    assert changed == {
        "logger": "getme.audit",
        "level": "info",
        "event": "status_changed",
        "by": "operator",
        "user_id": "00000000-0000-0000-0000-000000000007",
        "request_id": "request-1",
        "address": "203.0.113.9",
        "before": "active",
        "after": "suspended",
    }
    assert refused["event"] == "sign_in_refused"
    assert "user_id" not in refused


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_records_come_out_at_every_level(level: str) -> None:
    assert len(records(level=level)) == 2


def test_raising_the_level_still_silences_the_rest() -> None:
    assert len(lines("json", level="error")) == 2


@pytest.mark.parametrize("evil", EVIL)
def test_a_fact_neither_makes_a_line_nor_moves_the_cursor(evil: str) -> None:
    for log_format in ("json", "text"):
        printed = lines(log_format, note=EVIL[evil])
        assert len(printed) == 3
        assert OWN_COLOURS.sub("", printed[1]).isprintable()


def test_a_fact_is_cut_where_it_gets_long() -> None:
    (record, _other) = records(note="a" * 10_000)
    assert record["note"] == "a" * 256


def test_a_fact_cannot_take_the_place_of_what_is_known() -> None:
    (record, _other) = records(address="198.51.100.1", request_id="forged", logger="another")
    assert record["address"] == "203.0.113.9"
    assert record["request_id"] == "request-1"
