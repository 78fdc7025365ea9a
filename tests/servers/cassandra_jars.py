"""The jars of a Cassandra release, resolved once and then read from a cache directory.

Needs the package jgo, and a network the first time only. jgo's Python resolver does the work: it
uses neither Java nor Maven. (`jgo.build` and the jgo command look for a JDK to classify jars, and
download one.)
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import MavenContext

DOWNLOAD_THREADS = 8
HTTP_TIMEOUT_SECONDS = 60
RUNTIME_SCOPES = frozenset({"compile", "runtime"})


def cassandra_jars(release: str) -> list[Path]:
    """All jars that a node needs on its class path, in the order in which Maven would list them.

    release: of Cassandra, such as 5.0.6.
    They are kept in `$XDG_CACHE_HOME/getme-tests` (or `~/.cache/getme-tests`). Several test
    processes may call this at once: one downloads, the others wait for it.
    Raises RuntimeError or requests.RequestException if a jar is not to be had.
    """
    cache = _cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    listing = cache / f"cassandra-{release}.json"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back on close, even by a killed process
        jars = _listed(listing)
        if not jars:
            jars = _download(release, cache / f"cassandra-{release}")
            listing.write_text(json.dumps([str(jar) for jar in jars], indent=1), encoding="utf-8")
    return jars


def _cache_directory() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "getme-tests"


def _listed(listing: Path) -> list[Path]:
    """Read what an earlier resolution found: nothing if one of its jars is gone."""
    try:
        jars = [Path(name) for name in json.loads(listing.read_text(encoding="utf-8"))]
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    return jars if all(jar.is_file() for jar in jars) else []


def _download(release: str, repository: Path) -> list[Path]:
    # jgo writes a jar in place and trusts any file that exists, so an interrupted run may have
    # left a torn one.
    shutil.rmtree(repository, ignore_errors=True)
    context = MavenContext(repo_cache=repository, timeout=HTTP_TIMEOUT_SECONDS)
    wanted = context.create_dependency(f"org.apache.cassandra:cassandra-all:{release}")
    roots, others = context.resolver.resolve([wanted])
    needed = [*roots, *(other for other in others if other.scope in RUNTIME_SCOPES)]
    with ThreadPoolExecutor(DOWNLOAD_THREADS) as pool:
        return list(pool.map(lambda dependency: dependency.artifact.resolve(), needed))
