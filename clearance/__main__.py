"""``python -m clearance``."""

from __future__ import annotations

from clearance.cli import script

if __name__ == "__main__":
    script()
