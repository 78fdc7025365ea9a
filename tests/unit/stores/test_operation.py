"""Every statement of ours has a verb and a table, and nothing else is told of it."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

from getme_server.stores import cassandra, sqlite
from getme_server.stores.cassandra.statement import Statement
from getme_server.stores.operation import Operation, operation_of

VERBS = {"SELECT", "INSERT", "UPDATE", "DELETE"}
EXAMPLES = {
    "SELECT firstname FROM {keyspace}.users WHERE userid = ?": Operation("SELECT", "users"),
    "INSERT INTO getme_removals (userid) VALUES (?)": Operation("INSERT", "getme_removals"),
    "UPDATE users SET firstname = ? WHERE userid = ?": Operation("UPDATE", "users"),
    "DELETE FROM users WHERE userid = ?": Operation("DELETE", "users"),
    "BEGIN BATCH UPDATE one SET a = ?; INSERT INTO two (b) VALUES (?);": Operation("UPDATE", "one"),
}


def statements() -> Iterator[str]:
    """All that stands in the modules of both stores."""
    for package in (sqlite, cassandra):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                text = value.cql if isinstance(value, Statement) else value
                if isinstance(text, str) and text.split(" ")[0] in {*VERBS, "BEGIN"}:
                    yield text


@pytest.mark.parametrize(("statement", "operation"), EXAMPLES.items(), ids=EXAMPLES)
def test_operation(statement: str, operation: Operation) -> None:
    assert operation_of(statement) == operation


def test_each_statement_has_a_verb_and_a_table() -> None:
    found = {operation_of(statement) for statement in statements()}
    assert len(found) > 20
    assert {operation.verb for operation in found} == VERBS
    assert all(operation.table for operation in found)
