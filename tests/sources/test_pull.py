"""``clearance pull`` against real servers that answer well, badly, late, endlessly or never."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from clearance.customs.cn_single_window.demo import File
from clearance.http import retry_after
from clearance.model import Record
from clearance.sources import Remote, source
from clearance.stores import open_store
from clearance.timelines import intake
from tests.channels.support import secure
from tests.conftest import Ran, Run, stories
from tests.receivers import Answer, Receiver, Request, receiver

TOKEN = "s3cret-t0ken/=+ä"[:-1] + "x"
FILES = stories()
ETAG = {"etag": '"v1"'}
UNKNOWN = b"<Unknown><x>1</x></Unknown>"


@pytest.fixture
def serve() -> Iterator[Callable[..., Receiver]]:
    """Starts servers that end with the test."""
    with ExitStack() as opened:
        yield lambda *answers, **more: opened.enter_context(receiver(*answers, **more))


@pytest.fixture
def pull(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Writes settings of the source ``harbour`` and pulls it, without waiting between tries."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    monkeypatch.setenv("TEST_TOKEN", TOKEN)

    def pull(settings: str, *options: str, command: str = "pull", form: str = "json") -> Ran:
        file = tmp_path / "settings.toml"
        file.write_text(f"[sources.harbour]\n{settings}", encoding="utf-8")
        ran = call(command, "--config", file, "--format", form, *options)
        for place in (ran.text, ran.talk):
            assert TOKEN not in place
        return ran

    return pull


def http(url: str, more: str = "") -> str:
    return f'kind = "http"\nurl = "{url}"\n{more}\n'


def only(ran: Ran) -> dict[str, Any]:
    (source,) = ran.json["sources"]
    assert list(source) == [
        "name",
        "result",
        "requests",
        "read",
        "new",
        "duplicate",
        "refused",
        "detail",
    ]
    return dict(source)


def pages(
    files: list[File], path: str = "/feed"
) -> tuple[Callable[[Request], Answer], list[Answer]]:
    """A feed of one file a page, whose cursor is the count of files behind a reader."""
    answers: list[Answer] = []

    def route(request: Request) -> Answer:
        (cursor,) = parse_qs(urlsplit(request.path).query).get("cursor", ["0"])
        at = int(cursor or 0)
        found = [{"xml": file.data.decode()} for file in files[at : at + 1]]
        body = {"notifications": found, "at": str(min(at + 1, len(files)))}
        return Answer(json.dumps(body).encode())

    return route, answers


def kept(home: Path) -> list[bytes]:
    with open_store(home / "clearance.db", create=False) as store:
        return [message.data for message in store.messages()]


def test_one_answer_is_read_once_and_what_is_known_prints_nothing(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    server = serve(Answer(FILES[0].data))
    first = only(pull(http(server.url)))
    assert first == {
        "name": "harbour",
        "result": "ok",
        "requests": 1,
        "read": 1,
        "new": 1,
        "duplicate": 0,
        "refused": 0,
        "detail": None,
    }
    again = pull(http(server.url), form="table")
    assert (again.code, again.out, again.err) == (0, b"", b"")
    assert kept(home) == [FILES[0].data]


def test_json_pages_are_followed_by_their_cursor_and_the_next_run_goes_on_from_there(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    route, _ = pages(FILES[:5])
    server = serve(route=route)
    settings = http(
        f"{server.url}/feed?cursor={{cursor}}",
        'items = "notifications[].xml"\ncursor = "at"',
    )
    assert only(pull(settings))["new"] == 5
    before = len(server.requests)
    ran = only(pull(settings))
    assert (ran["read"], ran["new"], len(server.requests) - before) == (0, 0, 1)
    assert server.requests[-1].path == "/feed?cursor=5"
    assert len(kept(home)) == 5


def test_each_page_is_committed_before_the_next_is_asked_for(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    route, _ = pages(FILES[:5])

    def broken(request: Request) -> Answer:
        return Answer(status=500) if "cursor=3" in request.path else route(request)

    server = serve(route=broken)
    settings = http(
        f"{server.url}/feed?cursor={{cursor}}", 'items = "notifications[].xml"\ncursor = "at"'
    )
    ran = pull(settings)
    found = only(ran)
    assert (ran.code, found["result"], found["new"], found["requests"]) == (3, "failed", 3, 7)
    assert found["detail"] == "HTTP 500"
    server.route = route
    assert only(pull(settings))["new"] == 2
    assert len(kept(home)) == 5


@pytest.mark.parametrize("where", ["next", "header:Link"])
def test_next_pages_are_followed_and_one_that_names_itself_ends(
    where: str, serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    def route(request: Request) -> Answer:
        page = int(urlsplit(request.path).query.removeprefix("page=") or 0)
        to = f"/list?page={min(page + 1, 3)}"
        headers = {"Link": f'<{to}>; rel="next"'} if where != "next" else {}
        body = {"m": [FILES[page].data.decode()], "next": to}
        return Answer(json.dumps(body).encode(), headers=headers)

    server = serve(route=route)
    ran = only(pull(http(f"{server.url}/list", f'items = "m[]"\nnext = "{where}"')))
    assert (ran["result"], ran["new"], ran["requests"]) == ("ok", 4, 4)


def test_pages_that_name_each_other_end(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    def route(request: Request) -> Answer:
        other = "/b" if request.path == "/a" else "/a"
        return Answer(json.dumps({"m": [FILES[0].data.decode()], "next": other}).encode())

    server = serve(route=route)
    assert only(pull(http(f"{server.url}/a", 'items = "m[]"\nnext = "next"')))["requests"] == 2


def test_pages_without_end_are_left_after_some(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clearance.sources.http._MAX_PAGES", 5)

    def route(request: Request) -> Answer:
        page = int(urlsplit(request.path).query or 0)
        return Answer(json.dumps({"m": [], "next": f"?{page + 1}"}).encode())

    server = serve(route=route)
    ran = only(pull(http(server.url, 'items = "m[]"\nnext = "next"')))
    assert (ran["result"], ran["requests"], ran["detail"]) == (
        "failed",
        5,
        "names more than 5 pages",
    )


@pytest.mark.parametrize("page", ["next", "redirect"])
@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:9/x",
        "http://localhost:9/x",
        "https://127.0.0.1/x",
        "//evil.example/x",
        "file:///x",
        "http://[",
    ],
)
def test_no_other_server_is_asked_and_told_no_secret(
    page: str, to: str, serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    answer = Answer(status=301, headers={"location": to})
    if page == "next":
        answer = Answer(json.dumps({"m": [], "next": to}).encode())
    server = serve(answer)
    settings = http(
        server.url, 'auth = "bearer"\nsecret = "env:TEST_TOKEN"\nitems = "m[]"\nnext = "next"'
    )
    ran = pull(settings)
    found = only(ran)
    assert (ran.code, found["result"], found["requests"]) == (3, "failed", 1)
    assert "address" in found["detail"]


def test_a_redirect_at_the_same_server_is_followed_with_the_secret(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(status=308, headers={"location": "/there?x=1"}), Answer(FILES[0].data))
    settings = http(
        f"{server.url}/here?a=b",
        'auth = "query"\nname = "key"\nsecret = "env:TEST_TOKEN"',
    )
    assert only(pull(settings))["new"] == 1
    asked = [parse_qs(urlsplit(request.path).query) for request in server.requests]
    assert asked == [{"a": ["b"], "key": [TOKEN]}, {"x": ["1"], "key": [TOKEN]}]


def test_redirects_in_a_circle_end(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(status=302, headers={"location": "/"}))
    found = only(pull(http(f"{server.url}/")))
    assert (found["result"], found["detail"]) == ("failed", "it redirects again and again")
    assert len(server.requests) < 10


@pytest.mark.parametrize("headers", [{}, {"location": " "}])
def test_a_redirect_that_leads_nowhere_is_asked_once_and_called_so(
    headers: Mapping[str, str], serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(status=302, headers=headers))
    found = only(pull(http(f"{server.url}/")))
    assert (found["result"], found["requests"]) == ("failed", 1)
    assert found["detail"] == "it redirects, and does not say where to"


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        ('auth = "bearer"', {"authorization": f"Bearer {TOKEN}"}),
        (
            'auth = "basic"',
            {"authorization": f"Basic {base64.b64encode(TOKEN.encode()).decode()}"},
        ),
        ('auth = "header"\nname = "X-Key"', {"x-key": TOKEN}),
    ],
)
def test_the_secret_is_sent_as_it_is_set(
    auth: str, sent: Mapping[str, str], serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(FILES[0].data))
    headers = 'headers = {Accept = "application/xml", X-Other = "env:TEST_TOKEN"}'
    pull(http(server.url, f'{auth}\nsecret = "env:TEST_TOKEN"\n{headers}'))
    (request,) = server.requests
    assert sent.items() <= request.headers.items()
    assert request.headers["accept"] == "application/xml"
    assert request.headers["x-other"] == TOKEN


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_does_not_take_the_secret_is_exit_4(
    status: int, serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(status=status, body=TOKEN.encode()))
    ran = pull(http(server.url, 'auth = "bearer"\nsecret = "env:TEST_TOKEN"'))
    said = f"HTTP {status}: it does not take the secret"
    assert (ran.code, only(ran)["requests"], only(ran)["detail"]) == (4, 1, said)
    assert ran.json["error"] == {"kind": "unauthorised", "message": f"sources.harbour: {said}"}
    assert ran.talk == f"sources.harbour: {said}\n"


@pytest.mark.parametrize(
    ("answer", "requests", "detail"),
    [
        (Answer(status=404), 1, "HTTP 404"),
        (Answer(status=410), 1, "HTTP 410"),
        (Answer(status=304), 1, None),
        (Answer(status=500), 4, "HTTP 500"),
        (Answer(status=503), 4, "HTTP 503"),
        (Answer(status=429), 4, "HTTP 429"),
        (Answer(FILES[0].data, how="cut"), 4, "its answer broke off"),
        (Answer(how="reset"), 4, "its answer broke off"),
        (Answer(FILES[0].data[:-9], how="unframed"), 4, "its answer broke off"),
        (Answer(b"<!DOCTYPE html><html>log in</html>"), 1, "HTML"),
        (Answer(b"\n<!-- x --><HTML></HTML>"), 1, "HTML"),
        (Answer(b'<?xml version="1.0"?>\n<!DOCTYPE html><html/>'), 1, "HTML"),
        (Answer(b"<div>log in</div>", headers={"content-type": "text/html; x"}), 1, "HTML"),
        (Answer(b"x" * 5000), 1, "4000 bytes"),
        (
            Answer(gzip.compress(b" " * 10**8), headers={"content-encoding": "gzip"}),
            1,
            "4000 bytes",
        ),
        (
            Answer(gzip.compress(FILES[0].data)[:-9], headers={"content-encoding": "gzip"}),
            4,
            "its answer broke off",
        ),
        (Answer(b"x", headers={"content-encoding": "br"}), 1, "packed"),
        (Answer(how="hang"), 1, "within 0.5 s"),
        (Answer(how="drip"), 1, "within 0.5 s"),
        (Answer(how="trickle"), 1, "within 0.5 s"),
    ],
    ids=lambda value: f"{value.status}{value.how}" if isinstance(value, Answer) else None,
)
def test_what_is_no_whole_answer_is_tried_again_where_that_may_help_and_kept_never(
    answer: Answer,
    requests: int,
    detail: str | None,
    serve: Callable[..., Receiver],
    pull: Callable[..., Ran],
    home: Path,
) -> None:
    server = serve(answer)
    begun = time.monotonic()
    ran = pull(http(server.url, "timeout = 0.5\nmax_bytes = 4000"))
    assert time.monotonic() - begun < 5
    found = only(ran)
    assert (found["requests"], len(server.requests)) == (requests, requests)
    assert (found["read"], kept(home)) == (0, [])
    if detail is None:
        assert (ran.code, found["result"]) == (0, "unchanged")
    else:
        assert (ran.code, found["result"]) == (3, "failed")
        assert detail in found["detail"]


@pytest.mark.parametrize("in_zip", [False, True])
def test_what_is_data_is_read_also_where_the_server_calls_it_a_page(
    in_zip: bool, serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    data = json.dumps({"items": [FILES[0].data.decode()]}).encode()
    if in_zip:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as opened:
            opened.writestr("a.xml", FILES[0].data)
        data = packed.getvalue()
    server = serve(Answer(data, headers={"content-type": "text/html; charset=utf-8"}))
    found = only(pull(http(server.url, "" if in_zip else 'items = "items[]"')))
    assert (found["result"], found["new"]) == ("ok", 1)


def test_a_validator_that_cannot_be_sent_back_is_not(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(FILES[0].data, headers={"etag": '"é"', "last-modified": "yesterday"}))
    for _ in range(2):
        assert only(pull(http(server.url)))["result"] == "ok"
    again = server.requests[1].headers
    assert ("if-none-match" in again, again["if-modified-since"]) == (False, "yesterday")


def test_what_takes_long_to_unpack_is_given_up_in_time(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    nothing = gzip.compress(b"") * 120_000
    server = serve(Answer(nothing, headers={"content-encoding": "gzip"}))
    begun = time.monotonic()
    assert only(pull(http(server.url, "timeout = 0.5")))["detail"] == "no whole answer within 0.5 s"
    assert time.monotonic() - begun < 5


def test_a_server_that_is_not_there_is_a_failure_and_the_others_are_asked(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    server = serve(Answer(FILES[0].data))
    ran = pull(http("http://127.0.0.1:9/x") + f"[sources.other]\n{http(server.url)}")
    assert ran.code == 3
    assert [source["result"] for source in ran.json["sources"]] == ["failed", "ok"]
    assert ran.talk == "sources.harbour: cannot be reached\n"
    assert len(kept(home)) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_server_that_asks_to_wait_is_waited_for(
    form: str,
    serve: Callable[..., Receiver],
    pull: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    after = "90" if form == "seconds" else date
    server = serve(Answer(status=429, headers={"retry-after": after}), Answer(FILES[0].data))
    assert only(pull(http(server.url)))["new"] == 1
    (waited,) = slept
    assert 85 < waited < 95


def test_a_server_that_asks_to_wait_for_long_is_left_alone(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(status=503, headers={"retry-after": "86400"}))
    found = only(pull(http(server.url)))
    assert (found["requests"], found["detail"]) == (
        1,
        "HTTP 503: it asks to be left alone for 86400 s",
    )


def test_what_fails_once_is_tried_again(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(status=502), Answer(FILES[0].data, how="cut"), Answer(FILES[0].data))
    found = only(pull(http(server.url)))
    assert (found["result"], found["requests"], found["new"]) == ("ok", 3, 1)
    assert only(pull(http(server.url, "retries = 0")))["result"] == "ok"


def test_requests_are_no_more_a_second_than_is_set(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("clearance.sources.http_session.time.sleep", slept.append)
    route, _ = pages(FILES[:3])
    server = serve(route=route)
    pull(
        http(
            f"{server.url}/?cursor={{cursor}}",
            'items = "notifications[].xml"\ncursor = "at"\nrate = 0.5',
        )
    )
    assert [round(seconds) for seconds in slept] == [2] * (len(server.requests) - 1)


def test_an_answer_that_has_not_changed_is_not_sent_again(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    def route(request: Request) -> Answer:
        if request.headers.get("if-none-match") == '"v1"':
            return Answer(status=304)
        return Answer(
            FILES[0].data,
            headers={"etag": '"v1"', "last-modified": "Wed, 25 Nov 2026 08:00:00 GMT"},
        )

    server = serve(route=route)
    assert only(pull(http(server.url)))["result"] == "ok"
    ran = pull(http(server.url))
    assert (ran.code, only(ran)["result"], only(ran)["read"]) == (0, "unchanged", 0)
    assert server.requests[-1].headers["if-modified-since"] == "Wed, 25 Nov 2026 08:00:00 GMT"
    assert only(pull(http(f"{server.url}/elsewhere")))["result"] == "ok"


def test_what_was_asked_for_by_wrong_settings_is_asked_for_again_by_right_ones(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    route, _ = pages(FILES[:3])
    settings = http(f"{serve(route=route).url}/feed?cursor={{cursor}}", 'cursor = "at"')
    assert only(pull(settings))["refused"] > 0
    assert only(pull(f'{settings}items = "notifications[].xml"\n'))["new"] == 3
    assert only(pull(f'{settings}items = "notifications[].xml"\n'))["read"] == 0

    def unless_known(request: Request) -> Answer:
        known = request.headers.get("if-none-match") == '"v1"'
        packed = base64.b64encode(FILES[5].data).decode()
        return Answer(b"" if known else json.dumps([packed]).encode(), 304 if known else 200, ETAG)

    settings = http(serve(route=unless_known).url, 'items = "[]"')
    assert only(pull(settings))["refused"] == 1
    assert only(pull(f'{settings}encoding = "base64"\n'))["new"] == 1
    assert only(pull(f'{settings}encoding = "base64"\n'))["result"] == "unchanged"
    assert len(kept(home)) == 4


def test_a_place_that_an_earlier_version_kept_is_gone_on_from(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    route, _ = pages(FILES[:3])
    url = f"{serve(route=route).url}/feed?cursor={{cursor}}"
    address = hashlib.sha256(url.encode()).hexdigest()[:16]
    with open_store(str(home / "clearance.db")) as store, store.transaction():
        place = json.dumps({"at": address, "cursor": "2"})
        store.save_records([Record(intake.CURSOR, "harbour", {"at": place})])
    assert only(pull(http(url, 'items = "notifications[].xml"\ncursor = "at"')))["new"] == 1


def test_the_first_of_several_pages_says_nothing_of_the_others(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    """Its validators were sent back, and what had come to the last page was never seen."""

    def route(request: Request) -> Answer:
        assert "if-none-match" not in request.headers
        following = "/2" if request.path == "/1" else None
        return Answer(json.dumps({"m": [], "next": following}).encode(), headers={"etag": '"1"'})

    server = serve(route=route)
    settings = http(f"{server.url}/1", 'items = "m[]"\nnext = "next"')
    assert [only(pull(settings))["requests"] for _ in range(2)] == [2, 2]


@pytest.mark.parametrize("form", ["text", "base64", "zip", "whole"])
def test_messages_are_taken_out_of_what_they_come_in(
    form: str, serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path
) -> None:
    some, more = FILES[:3], ""
    if form == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            for file in some:
                packed.writestr(file.name, file.data)
        body = buffer.getvalue()
    elif form == "whole":
        body, some = FILES[0].data, FILES[:1]
    else:
        values = [
            base64.b64encode(file.data).decode() if form == "base64" else file.data.decode()
            for file in some
        ]
        body = json.dumps({"a": {"b": [{"c": value} for value in values]}}).encode()
        more = f'format = "json"\nitems = "a.b[].c"\nencoding = "{form}"'
    server = serve(Answer(body))
    assert only(pull(http(server.url, more)))["new"] == len(some)
    assert sorted(kept(home)) == sorted(file.data for file in some)


def test_an_element_without_a_message_is_kept_as_refused_and_the_others_are_read(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    body = {"m": [{"other": 1}, {"xml": FILES[0].data.decode()}, {"xml": None}, {"xml": 5}]}
    server = serve(Answer(json.dumps(body).encode()))
    ran = pull(http(server.url, 'items = "m[].xml"'))
    assert ran.code == 3
    assert (only(ran)["new"], only(ran)["refused"]) == (1, 2)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b"<a/>", 'format = "json"'),
        (b'{"b": 1}', 'items = "m[].xml"'),
        (b"<a/>", 'format = "zip"'),
        (b"[" * 100_000, 'format = "json"'),
    ],
)
def test_an_answer_that_is_not_what_was_expected_is_a_failure(
    body: bytes, more: str, serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(body))
    assert only(pull(http(server.url, more)))["result"] == "failed"


@pytest.mark.parametrize("key", ["cursor", "next"])
@pytest.mark.parametrize("value", ["\ud800", {}, [1], True, 1.5])
def test_a_cursor_that_cannot_be_one_is_a_failure_and_the_other_sources_are_asked(
    key: str, value: Any, serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    body = {"m": [{"xml": FILES[0].data.decode()}], "at": value}
    ill = serve(Answer(json.dumps(body).encode()))
    well = serve(Answer(FILES[1].data))
    url = f"{ill.url}/?after={{cursor}}" if key == "cursor" else ill.url
    more = f'items = "m[].xml"\n{key} = "at"\n[sources.office]\n{http(well.url)}'
    ran = pull(http(url, more))
    found = {source["name"]: source for source in ran.json["sources"]}
    assert ran.code == 3
    assert found["office"]["new"] == 1
    assert found["harbour"]["detail"] == "its at is neither a text nor a whole number"


def test_xml_that_no_system_knows_is_kept_as_refused_once(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], call: Run
) -> None:
    server = serve(Answer(UNKNOWN))
    ran = pull(http(server.url))
    assert (ran.code, only(ran)["refused"]) == (3, 1)
    assert "refused: harbour/answer" in ran.talk
    ran = pull(http(server.url))
    assert (ran.code, only(ran)["duplicate"]) == (0, 1)
    assert call("refused", "--format", "json").json["refused"][0]["name"] == "harbour/answer"


def test_a_message_that_ends_in_the_middle_does_not_stop_those_behind_it(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    """The cursor stayed before it for ever, as before a file that is still being copied."""
    half = File(FILES[1].name, FILES[1].data[:-20], FILES[1].at)
    route, _ = pages([FILES[0], half, FILES[2]])
    server = serve(route=route)
    settings = http(
        f"{server.url}/?cursor={{cursor}}", 'items = "notifications[].xml"\ncursor = "at"'
    )
    assert only(pull(settings))["refused"] == 1
    assert only(pull(settings))["requests"] == 1


def test_ingest_without_a_path_asks_every_source_and_says_which_failed(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], tmp_path: Path
) -> None:
    inbox = tmp_path / "InBox"
    inbox.mkdir()
    (inbox / FILES[1].name).write_bytes(FILES[1].data)
    well, ill = serve(Answer(FILES[0].data)), serve(Answer(status=404))
    settings = (
        http(ill.url)
        + f"[sources.well]\n{http(well.url)}"
        + f"[sources.box]\nkind = 'folder'\npath = '{inbox.as_posix()}'\n"
    )
    ran = pull(settings, command="ingest")
    assert (ran.code, ran.json["new"]) == (3, 2)
    assert ran.talk == "sources.harbour: HTTP 404\n"


def test_store_info_says_when_each_source_was_last_heard_of(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], call: Run
) -> None:
    server = serve(Answer(FILES[1].data), Answer(status=404))
    pull(http(server.url))
    pull(http(server.url))
    (source,) = call("store", "info", "--format", "json").json["sources"]
    assert (source["name"], source["kind"], source["error"]) == ("harbour", "http", "HTTP 404")
    assert source["last_success"]
    assert source["last_error"] >= source["last_success"]
    assert source["last_message"].startswith("2026-03-02T08:00")
    assert source["usual_silence"] is None
    table = call("store", "info", "--lang", "zh")
    assert "harbour  http  " in table.text
    assert "最近成功" in table.text


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_pull_is_shown_in_every_format(
    form: str, serve: Callable[..., Receiver], pull: Callable[..., Ran], tmp_path: Path
) -> None:
    server = serve(*(Answer(file.data) for file in FILES[:8]))
    assert "harbour" in pull(http(server.url), form=form).text
    ran = pull(http(server.url), "--output", str(tmp_path / f"out.{form[:4]}"), form=form)
    assert (ran.code, ran.out) == (0, b"")
    assert "harbour" in (tmp_path / f"out.{form[:4]}").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('kind = "http"\nurl = "http://example.com/x"', "url"),
        ('kind = "http"\nurl = "https://clerk:pw@example.com/x"', "url"),
        ('kind = "http"\nurl = "ftp://127.0.0.1/x"', "url"),
        ('kind = "http"', "url"),
        ('kind = "pigeon"', "kind"),
        (http("https://example.com", "timeout = 0"), "timeout"),
        (http("https://example.com", "timeout = nan"), "timeout"),
        (http("https://example.com", 'timeout = "x"'), "timeout"),
        (http("https://example.com", "retries = -1"), "retries"),
        (http("https://example.com", "rate = 0"), "rate"),
        (http("https://example.com", "max_bytes = 0"), "max_bytes"),
        (http("https://example.com", 'every = "soon"'), "every"),
        (http("https://example.com", 'secret = "the-secret-itself"'), "secret"),
        (http("https://example.com", 'auth = "bearer"'), "secret"),
        (http("https://example.com", 'auth = "digest"'), "auth"),
        (http("https://example.com", 'secret = "env:X"'), "auth"),
        (http("https://example.com", 'auth = "query"\nsecret = "env:X"'), "name"),
        (http("https://example.com", 'auth = "header"\nname = "a b"\nsecret = "env:X"'), "name"),
        (http("https://example.com/{cursor}"), "cursor"),
        (http("https://example.com", 'items = "a[0]"'), "items"),
        (http("https://example.com", 'next = "header:a b"'), "next"),
        (http("https://example.com", 'headers = {Authorization = "Bearer x"}'), "headers"),
        (http("https://example.com", 'headers = {"a b" = "x"}'), "headers"),
        (http("https://example.com", 'format = "yaml"'), "format"),
        (http("https://example.com", 'rest = "5-6"'), "rest"),
        (http("https://example.com", 'colour = "red"'), "colour"),
        ('kind = "uk_cds"', "secret"),
        ('kind = "unipass"\nsecret = "env:X"', "cargos"),
        ('kind = "unipass"\nsecret = "env:X"\ncargos = ["a b"]', "cargos"),
        ('kind = "unipass"\nsecret = "env:X"\nbills = ["ABC"]', "bills"),
        ('kind = "folder"\npath = "x"\nrest = "25:00-26:00"', "rest"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_error_in_the_settings_names_the_whole_path_of_its_key(
    written: str, named: str, lang: str, pull: Callable[..., Ran]
) -> None:
    ran = pull(written, "--lang", lang)
    assert ran.code == 2
    assert f"sources.harbour.{named}" in ran.talk
    assert ran.talk.count("\n") == 1
    assert "pw" not in ran.talk.replace("settings", "")
    assert "the-secret-itself" not in ran.talk
    if lang == "zh":
        assert any("一" <= c <= "鿿" for c in ran.talk), ran.talk


def test_a_secret_that_is_not_set_is_an_error_in_the_settings(pull: Callable[..., Ran]) -> None:
    ran = pull(http("http://127.0.0.1:9", 'auth = "bearer"\nsecret = "env:NOT_SET_HERE"'))
    assert ran.code == 2
    assert "sources.harbour.secret: env:NOT_SET_HERE" in ran.talk
    ran = pull(http("env:NOT_SET_HERE"))
    assert ran.code == 2
    assert "sources.harbour.url: env:NOT_SET_HERE" in ran.talk


def test_only_the_sources_that_are_named_are_asked(
    serve: Callable[..., Receiver], pull: Callable[..., Ran]
) -> None:
    server = serve(Answer(FILES[0].data))
    settings = f"{http(server.url)}[sources.other]\n{http(server.url)}"
    settings += "[sources.box]\nkind = 'folder'\npath = '.'\n"
    assert [s["name"] for s in pull(settings, "other").json["sources"]] == ["other"]
    for wrong in ("nowhere", "box"):
        ran = pull(settings, wrong)
        assert (ran.code, wrong in ran.talk) == (2, True)
    assert pull("kind = 'folder'\npath = '.'\n").code == 2


def test_an_address_may_be_a_secret_and_is_shown_nowhere(
    serve: Callable[..., Receiver],
    pull: Callable[..., Ran],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(Answer(FILES[0].data), Answer(UNKNOWN), Answer(status=404))
    monkeypatch.setenv("TEST_URL", f"{server.url}/path-{TOKEN}")
    for _ in range(3):
        ran = pull(http("env:TEST_URL"))
        assert "path-" not in ran.text + ran.talk
    stored = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert TOKEN.encode() not in stored


@pytest.mark.parametrize(
    ("answer", "trusted", "detail"),
    [
        (Answer(FILES[0].data), True, None),
        (Answer(FILES[0].data), False, "its certificate cannot be trusted"),
        (Answer(how="hang"), True, "no whole answer within 1 s"),
        (Answer(how="drip"), True, "no whole answer within 1 s"),
        (Answer(how="trickle"), True, "no whole answer within 1 s"),
    ],
    ids=lambda value: value.how if isinstance(value, Answer) else None,
)
def test_an_encrypted_connection_is_verified_and_cut_in_time_too(
    answer: Answer,
    trusted: bool,
    detail: str | None,
    serve: Callable[..., Receiver],
    pull: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = trustme.CA()
    server = serve(answer, tls=secure(authority, "127.0.0.1"))
    if trusted:
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    begun = time.monotonic()
    found = only(pull(http(server.url, "timeout = 1")))
    assert (found["detail"], found["requests"]) == (detail, 1)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "written",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "999999999",
        "9" * 400,
        "Thu, 01 Jan 2026 00:00:00 +99999999999999999",
        "Thu, 32 Jan 2026 00:00:00 GMT",
        "-1",
        "²",
    ],
)
def test_whatever_a_server_asks_for_it_is_left_alone_for_a_day_at_most(written: str) -> None:
    seconds = retry_after(written)
    assert seconds is None or 0 <= seconds <= 86_400
    assert (seconds == 86_400) == (written in ("999999999", "9" * 400) or "9999 " in written)


def test_how_long_to_wait_is_known_also_where_the_tries_are_used_up(
    serve: Callable[..., Receiver], tmp_path: Path
) -> None:
    """Another is asked meanwhile, or this one too soon."""
    server = serve(Answer(status=503, headers={"retry-after": "119"}))
    made = source({"kind": "http", "url": server.url, "retries": 0})
    assert isinstance(made, Remote)
    failure = made.probe()
    assert failure
    assert failure.after == 119


@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}])
def test_nothing_new_may_be_told_without_a_body(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], headers: dict[str, str]
) -> None:
    """RFC 9110, 8.6: an answer 204 has no length."""
    server = serve(Answer(b"", status=204, headers=headers, how="unframed"))
    ran = pull(http(server.url))
    assert (ran.code, ran.talk) == (0, "")
    assert (only(ran)["result"], only(ran)["requests"], only(ran)["read"]) == ("ok", 1, 0)


@pytest.mark.parametrize("declared", ["ISO-8859-1", "windows-1252", "GBK", "UTF-16", "utf-8"])
def test_what_a_text_in_json_says_of_its_encoding_is_over(
    serve: Callable[..., Receiver], pull: Callable[..., Ran], home: Path, declared: str
) -> None:
    """A text in JSON is decoded already; what was written of it before counts for nothing."""
    xml = stories()[0].data.decode().partition("?>")[2]
    told = xml.replace("</", "<!-- Café – søgning 查验 --></", 1)
    body = {"x": [f'<?xml version="1.0" encoding="{declared}"?>{told}']}
    server = serve(Answer(json.dumps(body).encode()))
    found = only(pull(http(server.url, 'items = "x[]"')))
    assert (found["new"], found["refused"]) == (1, 0)
    with open_store(home / "clearance.db", create=False) as store:
        (message,) = store.messages()
    assert "Café – søgning 查验".encode() in message.data
