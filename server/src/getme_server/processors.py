"""How many processors this process may use, which may be fewer than the machine has.

CPU affinity is what `taskset` and Kubernetes' static CPU manager set; a quota is what containers
have (`docker run --cpus`, `resources.limits.cpu`), of cgroup v2
(https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files). `os.process_cpu_count` of
Python 3.13 knows the first alone.
"""

import math
import os
from contextlib import suppress
from pathlib import Path

_OWN_CGROUPS = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")
_V2 = "0::/"
_NO_QUOTA = "max"


def usable_processors(*, own: Path = _OWN_CGROUPS, cgroups: Path = _CGROUPS) -> int:
    """At least 1; of a part of a processor, the whole. own: names our cgroup, below cgroups."""
    allowed = _allowed_processors()
    with suppress(OSError):  # no Linux, or nothing of it to be seen
        for line in own.read_text().splitlines():
            if line.startswith(_V2):
                ours = cgroups / line.removeprefix(_V2)
                for cgroup in (ours, *ours.parents):  # the quota of each of them holds
                    allowed = min(allowed, _quota(cgroup / "cpu.max"))
    return max(1, math.ceil(allowed))


def _allowed_processors() -> float:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(limit: Path) -> float:
    """Processors; infinite where none is set."""
    try:
        quota, period = limit.read_text().split()
    except FileNotFoundError:  # the root has none, nor one without the CPU controller
        return math.inf
    return math.inf if quota == _NO_QUOTA else int(quota) / int(period)
