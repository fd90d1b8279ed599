"""Documents as JSON: to the byte the same, whichever encoder has written them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.model import Stage
from clearance.stores import documents

SINGLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(1e-4, 1e15),
    st.text(),
    st.sampled_from(Stage),
)
VALUES = st.recursive(
    SINGLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=9), inner, max_size=4),
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.text(max_size=9), VALUES, max_size=5)


class Text(str):
    """Text of a type of its own, which only one of the two encoders knows."""


@pytest.fixture(scope="module", autouse=True)
def _two_encoders() -> Iterator[None]:
    before = dict(documents._chosen)
    documents.for_many()
    yield
    documents._chosen.update(before)


def as_first_written(document: dict[str, Any]) -> str:
    """What a few messages are written with."""
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":"))
    return written


@given(DOCUMENTS)
def test_for_many_documents_they_are_written_the_same(document: dict[str, Any]) -> None:
    assert documents._chosen["json"] is not documents._by_python
    assert documents.encoded(document) == as_first_written(document)
    row = documents.to_row("some", 7, document)
    assert row == (7, as_first_written(document), documents.checksum("some", 7, row[1]))


@pytest.mark.parametrize(
    "document",
    [
        {"half of a pair": "\ud800", "and": ["查验", 1]},
        {"every control": "".join(map(chr, range(0x20))) + "\x7f\x80\u2028\ufeff"},
        {"text of its own": Text("x"), Text("key"): 1},
        {"no": {None: 1, True: 2, 3: 4}},
        {"stage": Stage.RELEASED, "stages": (Stage.CLEARED,)},
    ],
    ids=str,
)
def test_what_only_one_encoder_knows_is_written_the_same(document: dict[str, Any]) -> None:
    assert documents.encoded(document) == as_first_written(document)


@pytest.mark.parametrize("written", [1e-7, 1e16, 1.5e300, -2.5e-9])
def test_a_fraction_with_an_exponent_is_read_as_what_it_was(written: float) -> None:
    assert documents.decoded(documents.encoded({"n": written})) == {"n": written}


def test_half_of_a_surrogate_pair_is_passed_where_that_is_asked_for() -> None:
    """Events are written so, deflated; that they were written by another encoder does not show."""
    told = [["half", "\ud800", "查验"]]
    written = documents.as_json(told, "surrogatepass")
    assert written == documents._by_python(told, "surrogatepass")
    assert json.loads(written) == told


def test_what_no_encoder_knows_is_refused() -> None:
    class Unknown(Enum):
        OBJECT = object()

    with pytest.raises(TypeError, match="not JSON serializable"):
        documents.encoded({"unknown": Unknown.OBJECT})


def test_a_few_documents_are_written_without_what_takes_long_to_load() -> None:
    program = (
        "import sys; from clearance.stores import documents as d; d.encoded({}); "
        "print('msgspec' in sys.modules); d.for_many(); print('msgspec' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == [b"False", b"True"]
