"""Configured sources: their settings, their cursor, and commits while one waits for more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from clearance import sources
from clearance.customs.cn_single_window import ZONE, demo
from clearance.errors import BadArgument
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake
from tests.conftest import Run

NOW = datetime(2026, 11, 1, tzinfo=ZONE)
FILES = list(demo.traffic(12, 3, quarters=1))


@dataclass
class Counted:
    """A source that gives its files one after the other and knows how far it was read."""

    fails_at: int | None = None
    asked: list[str | None] = field(default_factory=list)
    place: Path | None = None

    def items(
        self, cursor: str | None, archive: Path | None = None, store: Path | None = None
    ) -> Iterator[Item | None]:
        self.asked.append(cursor)
        for number, file in enumerate(FILES):
            if number == self.fails_at:
                raise ConnectionError
            if cursor is None or number > int(cursor):
                yield Item(file.name, file.data, cursor=str(number))

    def trouble(self) -> str:
        return ""


def read(store: Store, source: sources.Source) -> intake.Ingested:
    return intake.ingest(store, intake.configured(store, {"harbour": source}), NOW)


def test_a_source_is_asked_only_for_what_came_after_its_cursor() -> None:
    source = Counted()
    with open_store("memory:") as store:
        assert read(store, source).new > 0
        assert read(store, source).read == 0
    assert source.asked == [None, str(len(FILES) - 1)]


def test_a_cursor_is_kept_with_the_messages_it_points_behind_and_never_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "BATCH", 4)
    with open_store("memory:") as store:
        with pytest.raises(ConnectionError):
            read(store, Counted(fails_at=10))
        kept = {message.id for message in store.messages()}
        (cursor,) = store.records(intake.CURSOR, {"harbour"})
        again = Counted()
        read(store, again)
        assert again.asked == [cursor.document["at"]]
        with open_store("memory:") as whole:
            read(whole, Counted())
            everything = {message.id for message in whole.messages()}
        assert kept < {message.id for message in store.messages()} == everything


def test_a_cursor_stays_before_what_may_not_be_whole_yet() -> None:
    """Half a file comes second: all from there on is asked for once more, and nothing is lost."""

    class Halved(Counted):
        def items(
            self, cursor: str | None, archive: Path | None = None, store: Path | None = None
        ) -> Iterator[Item | None]:
            for item in super().items(cursor):
                assert item
                half = item.cursor == "1"
                yield item._replace(data=item.data[: len(item.data) // 2]) if half else item

    with open_store("memory:") as store:
        assert read(store, Halved()).refused == 1
        again = Counted()
        read(store, again)
        assert again.asked == ["0"]
        assert len(list(store.messages())) == len(FILES)


def test_what_a_source_gave_is_committed_while_it_waits_for_more() -> None:
    seen: list[int] = []
    with open_store("memory:") as store:

        def waiting() -> Iterator[Item | None]:
            for file in FILES[:3]:
                yield Item(file.name, file.data)
                yield None
                seen.append(len(list(store.messages())))

        intake.ingest(store, waiting(), NOW)
    assert seen == [1, 2, 3]


def test_a_batch_is_committed_after_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "BATCH_SECONDS", 0.0)
    commits: list[int] = []
    with open_store("memory:") as store:

        def items() -> Iterator[Item]:
            for file in FILES[:5]:
                commits.append(len(list(store.messages())))
                yield Item(file.name, file.data)

        intake.ingest(store, items(), NOW)
    assert commits == [0, 0, 1, 2, 3]


def test_without_a_path_every_configured_source_is_read(call: Run, tmp_path: Path) -> None:
    inbox = tmp_path / "收件箱 A"
    inbox.mkdir()
    for file in FILES[:4]:
        (inbox / file.name).write_bytes(file.data)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f"[sources.harbour]\nkind = 'folder'\npath = '{inbox.as_posix()}'\n", encoding="utf-8"
    )
    ran = call("ingest", "--config", settings, "--format", "json")
    assert ran.code == 0
    assert ran.json["new"] == 4
    ran = call("ingest")
    assert ran.code == 2
    assert "sources.NAME" in ran.talk


def test_a_configured_folder_is_archived_and_its_store_is_no_message(
    call: Run, tmp_path: Path
) -> None:
    inbox, store = tmp_path / "InBox", tmp_path / "InBox" / "store.db"
    inbox.mkdir()
    (inbox / FILES[0].name).write_bytes(FILES[0].data)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f"[sources.harbour]\nkind = 'folder'\npath = '{inbox.as_posix()}'\n", encoding="utf-8"
    )
    options = ("--config", settings, "--store", store, "--archive", tmp_path / "read")
    for count in (1, 0):
        ran = call("ingest", *options, "--format", "json")
        assert (ran.code, ran.json["read"]) == (0, count)
    assert [file.name for file in (tmp_path / "read").iterdir()] == [FILES[0].name]


def test_a_configured_folder_that_is_not_there_is_told_and_the_others_are_read(
    call: Run, tmp_path: Path
) -> None:
    """It was read as a folder in which nothing lies: no word, exit 0."""
    inbox, settings = tmp_path / "InBox", tmp_path / "settings.toml"
    inbox.mkdir()
    (inbox / FILES[0].name).write_bytes(FILES[0].data)
    gone = f"[sources.gone]\nkind = 'folder'\npath = '{(tmp_path / 'gone').as_posix()}'\n"
    settings.write_text(gone, encoding="utf-8")
    ran = call("ingest", "--config", settings)
    assert ran.code == 1
    assert ran.talk.count("\n") == 1
    assert "sources.gone" in ran.talk
    settings.write_text(
        f"{gone}[sources.here]\nkind = 'folder'\npath = '{inbox.as_posix()}'\n", encoding="utf-8"
    )
    ran = call("ingest", "--config", settings, "--format", "json")
    assert (ran.code, ran.json["new"]) == (3, 1)
    assert "sources.gone" in ran.talk


def test_settings_of_a_source_are_checked_by_its_kind() -> None:
    assert sources.kinds() == ["folder", "http", "uk_cds", "unipass"]
    made = sources.source({"kind": "folder", "path": "InBox"})
    assert made.place == Path("InBox")
    for wrong, named in (
        ({"kind": "pigeon"}, "choose folder"),
        ({"kind": "folder", "path": "x", "url": "y"}, "url is not a setting"),
        ({"kind": "http", "url": "env:https://x.example/m"}, "^url: must say where the secret is,"),
        (
            {"kind": "http", "url": "env:X", "headers": {"x-key": "file:https://x.example/m"}},
            "^headers.x-key: must say where the secret is,",
        ),
    ):
        with pytest.raises(BadArgument, match=named):
            sources.source(wrong)
