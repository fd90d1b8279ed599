"""What a fresh interpreter loads, and an environment in which coverage is not measured."""

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


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """Without coverage, which loads modules of its own and takes time and memory."""
    return {k: v for k, v in environment.items() if not k.startswith("COVERAGE_")}


def modules(program: str, *arguments: str, env: Mapping[str, str]) -> set[str]:
    """The modules that a fresh interpreter has loaded after a program."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=True,
        timeout=60,
        env=unmeasured(env),
    )
    return set(map(str, json.loads(done.stderr)))


def loaded(program: str, *arguments: str, env: Mapping[str, str]) -> set[str]:
    """The packages that a fresh interpreter has loaded after a program."""
    return {module.partition(".")[0] for module in modules(program, *arguments, env=env)}
