"""Mutated messages are read, or refused with a reason: ``benchmarks.fuzz`` tries many more."""

from __future__ import annotations

import pytest

from benchmarks import fuzz


@pytest.mark.slow
def test_whatever_a_file_holds_is_read_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(3000, timed=False) == 0, capsys.readouterr().out
