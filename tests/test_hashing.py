"""Digests of bytes, which are those of the standard library."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import hashing


@given(st.binary(max_size=300))
def test_digests_are_those_of_the_standard_library(data: bytes) -> None:
    assert hashing.sha256(data).hexdigest() == hashlib.sha256(data).hexdigest()
    ours, theirs = (kind(data, digest_size=16, key=b"of one") for kind in BLAKE2B)
    assert ours.digest() == theirs.digest()


def test_for_many_they_stay_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    own = hashing._first("sha256", *hashing.OWN)
    monkeypatch.setattr(hashing, "_chosen", {"sha256": own})
    hashing.for_many()
    assert hashing._chosen["sha256"] is hashlib.sha256 is not own
    assert hashing.sha256(b"many").digest() == own(b"many").digest()


BLAKE2B = (hashing.blake2b, hashlib.blake2b)


def test_where_a_python_has_no_module_of_its_own_the_standard_library_is_asked() -> None:
    assert hashing._first("sha256", "_no_such_module", "hashlib") is hashlib.sha256
    with pytest.raises(ImportError, match="sha256"):
        hashing._first("sha256", "_no_such_module")
