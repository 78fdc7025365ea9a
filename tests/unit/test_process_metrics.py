"""What a server's processes take, added up so that a dashboard of any program shows it."""

import os
import time
from dataclasses import replace

import psutil
import pytest
from prometheus_client import CollectorRegistry

from getme.program.line_queue import Dropped
from getme_server.process_metrics import Files, ProcessesCollector, ProcessFigures, own_process

PARENT = ProcessFigures(
    cpu_seconds=1.5,
    resident_bytes=50.0,
    virtual_bytes=500.0,
    started=1_000.0,
    files=Files(20, 1_000),
    dropped=Dropped(lines=1),
)
WORKER = ProcessFigures(
    cpu_seconds=20.0,
    resident_bytes=100.0,
    virtual_bytes=900.0,
    started=1_001.0,
    files=Files(90, 100),
    dropped=Dropped(lines=2, kept_lines=3),
)


def sum_of(*processes: ProcessFigures) -> ProcessFigures:
    total = ProcessFigures()
    for process in processes:
        total.add(process)
    return total


@pytest.mark.parametrize("order", [(PARENT, WORKER), (WORKER, PARENT)], ids=["down", "up"])
def test_cpu_and_memory_are_added_and_files_are_those_of_the_worst(
    order: tuple[ProcessFigures, ProcessFigures],
) -> None:
    assert sum_of(*order) == ProcessFigures(
        cpu_seconds=21.5,
        resident_bytes=150.0,
        virtual_bytes=1_400.0,
        started=1_000.0,
        files=Files(90, 100),
        dropped=Dropped(lines=3, kept_lines=3),
    )


def test_what_a_process_has_used_up_outlives_it() -> None:
    gone = replace(WORKER)
    gone.forget_levels()
    total = sum_of(PARENT, gone)
    assert total == replace(PARENT, cpu_seconds=21.5, dropped=Dropped(lines=3, kept_lines=3))


def test_the_figures_of_this_process_are_the_systems() -> None:
    before = time.process_time()
    figures = own_process()
    assert before - 0.1 < figures.cpu_seconds <= time.process_time() + 0.1  # it counts in ticks
    process = psutil.Process(os.getpid())
    assert figures.files.limit == process.rlimit(psutil.RLIMIT_NOFILE)[0]
    assert 0 < figures.files.open <= process.num_fds() + 2
    assert 0 < figures.resident_bytes < figures.virtual_bytes
    assert figures.started == pytest.approx(process.create_time(), abs=2)


def shown(figures: ProcessFigures) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(ProcessesCollector(figures))
    return {
        sample.name: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name.startswith("process_")
    }


def test_names_are_those_that_every_program_has() -> None:
    assert shown(PARENT) == {
        "process_cpu_seconds_total": 1.5,
        "process_resident_memory_bytes": 50.0,
        "process_virtual_memory_bytes": 500.0,
        "process_start_time_seconds": 1_000.0,
        "process_open_fds": 20.0,
        "process_max_fds": 1_000.0,
    }


def test_nothing_is_shown_where_the_system_does_not_tell() -> None:
    assert shown(ProcessFigures()) == {}
