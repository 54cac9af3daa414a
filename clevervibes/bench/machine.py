"""Where was measured: the server's settings that decide about speed, and the machine under it."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db.backends.utils import CursorWrapper

from clevervibes.lib import db


class CannotMeasure(Exception):
    """A sentence about what is missing or must be different before figures mean anything."""


_SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "data_checksums",
    "shared_buffers",
    "max_wal_size",
    "wal_compression",
    "work_mem",
    "effective_cache_size",
    "jit",
)


def describe(cursor: CursorWrapper) -> dict[str, Any]:
    """Return what a reader needs to know to compare the figures with others."""
    return {
        "measured_at": db.now().isoformat(timespec="minutes"),
        "commit": _commit(),
        "server": _server(cursor),
        "processor": _first_value("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(int((_first_value("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 2**20, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "django": django.get_version(),
    }


def require_fsync(cursor: CursorWrapper) -> None:
    """Refuse a server that does not wait for its disk: it would measure what no club may run on.

    :raises CannotMeasure: if fsync is off.
    """
    if _server(cursor)["fsync"] != "on":
        raise CannotMeasure("This server runs with fsync off; what it answers quickly, it may forget. Measure another.")


def _server(cursor: CursorWrapper) -> dict[str, str]:
    cursor.execute("SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", [list(_SETTINGS)])
    found = dict(cursor.fetchall())
    return {name: found[name] for name in _SETTINGS if name in found}


def _commit() -> str:
    """Return the commit of this checkout, with a + where files differ from it; empty outside of one."""
    git = ["git", "-C", str(settings.BASE_DIR)]
    try:
        commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _first_value(file: str, name: str) -> str:
    """Return what stands behind the first `name :` of a file of the kernel's, or nothing on another system."""
    path = Path(file)
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
