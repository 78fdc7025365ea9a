"""The store: whether it answers as calls ask it, and what will break or undoes a promise."""

from collections.abc import Iterator

from getme.program.diagnosis.addresses import is_loopback
from getme.program.diagnosis.finding import Finding, Looked, Severity, broken, warning
from getme.program.diagnosis.private_files import open_secret_files
from getme_server.accounts.errors import StoreUnavailable
from getme_server.deadline import Deadline
from getme_server.diagnosis.cluster import cluster_findings
from getme_server.settings import ServerSettings
from getme_server.stores import opening
from getme_server.stores.errors import StoreNotReady
from getme_server.stores.facts import StoreFacts
from getme_server.stores.location import CassandraLocation, Location, read_location
from getme_server.wiring import cassandra_login, open_stores

_SETTING = "GETME_STORE"
_NAMED_REMOVALS = 3


def look_at_store(settings: ServerSettings) -> Looked:
    """Asks it as a call does, and then of itself."""
    location = read_location(settings.store)
    findings: list[Finding] = []
    try:
        findings += _of_calls(settings, location)
        findings += _of_facts(opening.survey(location, cassandra_login(settings)))
    except StoreNotReady as refused:
        findings += broken("store_not_ready", refused, _SETTING).findings
    findings += _of_the_way(location)
    findings += open_secret_files("GETME_CASSANDRA_USERNAME", "GETME_CASSANDRA_PASSWORD")
    return Looked(f"{settings.store} answers", findings)


def _of_calls(settings: ServerSettings, location: Location) -> Iterator[Finding]:
    stores = open_stores(settings)
    try:
        stores.accounts.probe(Deadline(settings.store_timeout))
        trouble = stores.accounts.trouble()
        if trouble is not None and isinstance(location, CassandraLocation):
            yield Finding("email_masked", Severity.ERROR, trouble)
        elif trouble is not None:
            yield Finding("database_read_only", Severity.ERROR, trouble)
    except StoreUnavailable as away:
        yield Finding(
            "store_not_answering",
            Severity.ERROR,
            f"it is there, but does not answer the reads of a call: {away.cause}",
            _SETTING,
        )
    finally:
        stores.close()


def _of_facts(facts: StoreFacts) -> Iterator[Finding]:
    if facts.pending:
        yield warning(
            "migrations_pending", f"{'; '.join(facts.pending)}; run: getme-server migrate"
        )
    if facts.missing:
        yield Finding(
            "tables_missing",
            Severity.ERROR,
            f"{', '.join(facts.missing)} was there and is gone: calls are slow or fail; restore the"
            " database from a backup, or make it as the migrations do (stores/sqlite/schema.py)",
            _SETTING,
        )
    if facts.removals:
        named = ", ".join(map(str, facts.removals[:_NAMED_REMOVALS]))
        more = ", ..." if len(facts.removals) > _NAMED_REMOVALS else ""
        yield warning(
            "removals_unfinished",
            f"the deletion of {named}{more} was begun, and is not done: what is left of a user is"
            " still there; if none is under way, finish each: getme-server user delete ID --yes",
        )
    if facts.open_file is not None:
        yield warning(
            "database_open",
            "everybody on this machine can read e-mail addresses and hashes of passwords; run:"
            f" chmod 600 {facts.open_file}*",
            _SETTING,
        )
    if facts.cluster is not None:
        yield from cluster_findings(facts.cluster)


def _of_the_way(location: Location) -> Iterator[Finding]:
    if isinstance(location, CassandraLocation) and location.tls is None:
        far = [host for host in location.hosts if not is_loopback(host)]
        if far:
            yield warning(
                "store_in_clear",
                "e-mail addresses, hashes of passwords and our sign-in go in the clear to"
                f" {far[0]}; add tls=true&ca=FILE to GETME_STORE",
                _SETTING,
            )
