"""What a process holds; Linux only."""

from __future__ import annotations

from pathlib import Path


def peak_mb(anew: bool = False) -> float:
    """The most memory that this process has held since the peak was last told anew."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    peak = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(peak.split()[1]) / 1024
