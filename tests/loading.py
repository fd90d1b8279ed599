"""What a fresh interpreter loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

RAN = """
import json, sys
from clearance.cli import main
code = main(sys.argv[1:])
json.dump(sorted(sys.modules), sys.stderr)
sys.exit(code)
"""

HEAVY = {"pydantic", "rich", "httpx", "psycopg", "numpy", "lxml"}


def loaded(program: str, *arguments: str, env: Mapping[str, str]) -> set[str]:
    """The packages that a fresh interpreter has loaded after a program."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=True,
        timeout=60,
        env=env,
    )
    return {str(module).partition(".")[0] for module in json.loads(done.stderr)}
