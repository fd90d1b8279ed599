"""Channels of every kind, made for a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trustme

from clearance import channels
from clearance.channels import _http, _smtp


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits fifteen seconds for what will not answer."""
    monkeypatch.setattr(_http, "TIMEOUT", 0.4)
    monkeypatch.setattr(_smtp, "TIMEOUT", 0.4)
    monkeypatch.setattr(_smtp, "HANDOVER_TIMEOUT", 0.4)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A channel of a kind with an address, whose secrets stand in variables."""

    def make(kind: str, url: str, secret: str = "", **settings: Any) -> Any:
        monkeypatch.setenv("TEST_URL", url)
        monkeypatch.setenv("TEST_SECRET", secret)
        if secret:
            settings["secret"] = "env:TEST_SECRET"
        return channels.channel({"kind": kind, "url": "env:TEST_URL", **settings})

    return make


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()
