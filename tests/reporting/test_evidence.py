"""An archive of evidence: what it holds, and that nothing in it can be changed unseen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from zipfile import ZipFile

import pytest

from clearance.customs.cn_single_window.demo import demo_files
from clearance.render import intake
from clearance.reporting import sealing, verifier
from clearance.reporting.verifier import MANIFEST, SEAL, canonical, opened, pack, sha
from tests.conftest import AS_OF, CLOSED, ROOT, Run, laid, stories
from tests.receivers import Answer, receiver

Files = dict[str, bytes]


@pytest.fixture
def filled(call: Run, tmp_path: Path) -> Run:
    """A store of some declarations, in two commits, and what people said of them."""
    files = stories()
    for number, half in enumerate((files[::2], files[1::2])):
        assert call("ingest", laid(half, tmp_path / f"InBox{number}")).code == 0
    assert call("plan", "set", CLOSED.entry, "--customer", "Somebody", "--as-of", AS_OF).code == 0
    return call


def evidence(call: Run, *more: str, name: str = "evidence.zip") -> bytes:
    line = ("report", "--period", "2026Q1", "--as-of", AS_OF, "--evidence", name)
    ran = call(*line, *more)
    assert ran.code == 0, ran.talk
    return Path(name).read_bytes()


def wrong(data: bytes) -> list[str]:
    """What does not hold of an archive."""
    return [sentence for well, sentence, _ in verifier.check(data) if well is False]


def said(data: bytes) -> list[str]:
    return [sentence for _, sentence, _ in verifier.check(data)]


def resealed(data: bytes, change: Callable[[Files], None]) -> bytes:
    """An archive in which something was changed, and its manifest and seal made anew."""
    files, manifest, _ = opened(data)
    change(files)
    inner = {name: d for name, d in files.items() if name not in (MANIFEST, SEAL)}
    manifest["files"] = {name: sha(content) for name, content in inner.items()}
    made = canonical(manifest)
    return pack({SEAL: canonical({"manifest": sha(made)}), MANIFEST: made, **inner})


def edited(name: str, change: Callable[[list[Any]], None]) -> Callable[[Files], None]:
    """Changes the objects of a file with one on each line."""

    def edit(files: Files) -> None:
        objects = verifier.lines(files, name)
        change(objects)
        files[name] = b"".join(canonical(each) + b"\n" for each in objects)

    return edit


def test_the_archive_holds_what_the_report_rests_on_and_its_verifier_says_so(filled: Run) -> None:
    data = evidence(filled)
    assert wrong(data) == []
    assert {"whole", "chain", "messages", "linked", "timelines", "said", "counts"} <= set(
        said(data)
    )
    with ZipFile("evidence.zip") as archive:
        assert archive.testzip() is None
        archive.extract("verify.py")
        report = json.loads(archive.read("report.json"))
    assert report["rows"][0]["declared"] == 4
    asked = ("report", "--period", "2026Q1", "--as-of", AS_OF, "--output", "report.json")
    assert filled(*asked).code == 0
    assert json.loads(Path("report.json").read_bytes()) == report
    for lang, word in (("en", "every byte as it was sealed"), ("zh", "每个字节均与封存时一致")):
        line = [sys.executable, "-I", "-X", "utf8", "verify.py", "evidence.zip", lang]
        ran = subprocess.run(line, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert word in ran.stdout.decode()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_the_verifier_ends_in_no_traceback_where_a_console_lacks_its_characters(
    filled: Run, encoding: str
) -> None:
    evidence(filled)
    with ZipFile("evidence.zip") as archive:
        archive.extract("verify.py")
    for lang in ("en", "zh"):
        line = [sys.executable, "verify.py", "evidence.zip", lang]
        ran = subprocess.run(
            line, capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": encoding}
        )
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert ran.stdout.decode(encoding)


def test_the_verifier_ends_quietly_where_nobody_reads_on(filled: Run) -> None:
    evidence(filled)
    with ZipFile("evidence.zip") as archive:
        archive.extract("verify.py")
    reader, writer = os.pipe()
    os.close(reader)
    line = [sys.executable, "-I", "verify.py", "evidence.zip"]
    ran = subprocess.run(line, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (1, b"")


def test_the_page_shows_the_files_of_an_archive_and_what_the_verifier_says_of_it(
    call: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That of the demo; digests are others in each store, and a slow machine commits more often."""
    page = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    call("ingest", laid(demo_files(), tmp_path / "InBox"))
    asked = ("--period", "2026Q3", "--as-of", "2026-11-01", "--evidence", "2026Q3.zip")
    assert call("report", *asked).code == 0
    with ZipFile("2026Q3.zip") as archive:
        names = {name.partition("/")[0] for name in archive.namelist()} - {"messages"}
    assert [name for name in names if f"`{name}`" not in page] == []
    assert verifier.main(["2026Q3.zip"]) == 0
    own = re.compile("[0-9a-f]{64}|[0-9]+(?= in all)")
    told = own.sub("OWN", capsys.readouterr().out)
    assert told in own.sub("OWN", page)


def test_the_same_store_and_moment_give_the_same_bytes(filled: Run) -> None:
    assert evidence(filled) == evidence(filled, name="again.zip")


def test_evidence_of_a_store_that_was_begun_with_another_says_so(
    filled: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """That of an imported store ended in a traceback where it was checked."""
    for way in (("copy", "other.db"), ("import", "all.json", "--store", "third.db")):
        filled("store", "export", "all.json")
        assert filled("store", *way).code == 0
        store = ("--store", "third.db" if "import" in way else "other.db")
        data = evidence(filled, *store)
        assert wrong(data) == []
        assert {"copied", "imported"} & {*said(data)}
        for lang in ("en", "zh"):
            assert verifier.main(["evidence.zip", lang]) == 0
    assert "with the import of a store" in capsys.readouterr().out


def test_each_beginning_of_a_chain_has_its_sentence() -> None:
    assert {*verifier.BEGAN, "new"} == {*intake._BEGAN}
    assert {*verifier.BEGAN} < {*verifier.SAID}


def test_with_digests_the_messages_are_named_and_not_inside(filled: Run) -> None:
    data = evidence(filled, "--digests")
    assert wrong(data) == []
    assert "digests" in said(data)
    assert not any(name.startswith("messages/") for name in opened(data)[0])


def test_nothing_in_it_says_where_it_was_made(filled: Run, tmp_path: Path) -> None:
    data = evidence(filled)
    assert str(tmp_path).encode() not in data
    assert b"clearance.db" not in data
    assert b"InBox" not in data


def changes(data: bytes, count: int) -> Iterator[int]:
    """Places of one-byte changes after which an archive still passes."""
    random = Random(8)
    for _ in range(count):
        place = random.randrange(len(data))
        spoilt = bytearray(data)
        spoilt[place] ^= random.randrange(1, 256)
        if not wrong(bytes(spoilt)):
            yield place


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_every_change_of_one_byte_is_found(filled: Run, key: str, count: int) -> None:
    assert list(changes(evidence(filled), count)) == []


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A key that evidence is signed with; the public one."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    plain = form.NoEncryption()
    pem = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, plain)
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "config.toml").write_text(f'[evidence]\nkey = "file:{tmp_path / "key.pem"}"\n')
    monkeypatch.setenv("CLEARANCE_CONFIG", str(tmp_path / "config.toml"))
    return private.public_key().public_bytes_raw().hex()


def test_a_signature_is_that_of_the_key_and_its_secret_is_nowhere(
    filled: Run, key: str, tmp_path: Path
) -> None:
    data = evidence(filled)
    files, _, seal = opened(data)
    assert seal["signature"]["key"] == key
    assert "signed" in said(data)
    secret = (tmp_path / "key.pem").read_text().splitlines()[1]
    assert secret.encode() not in data
    forged = bytearray(bytes.fromhex(seal["signature"]["value"]))
    forged[5] ^= 1
    seal["signature"]["value"] = forged.hex()
    assert wrong(pack({**files, SEAL: canonical(seal)})) == ["forged"]


@pytest.mark.parametrize("written", ["", "secret words", "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_is_told_in_one_line_without_it(
    filled: Run, key: str, tmp_path: Path, written: str
) -> None:
    (tmp_path / "key.pem").write_text(written)
    ran = filled("report", "--period", "2026Q1", "--evidence", "x.zip")
    assert ran.code == 2
    assert ran.talk.count("\n") == 1
    assert "secret words" not in ran.talk
    assert not Path("x.zip").exists()


def change_message(files: Files) -> None:
    name = next(name for name in files if name.startswith("messages/"))
    files[name] += b" "


def forget_message(objects: list[Any]) -> None:
    del objects[0]


def rename_message(objects: list[Any]) -> None:
    objects[0]["names"] = ["other.xml"]


def shift_link(objects: list[Any]) -> None:
    objects[0]["messages"] += 1


def begin_otherwise(objects: list[Any]) -> None:
    objects[0]["began"] = {"why": "signed"}


def say_more(objects: list[Any]) -> None:
    objects[0]["document"]["entries"][0][1]["customer"] = "Other"


def count_more(files: Files) -> None:
    report = json.loads(files["report.json"])
    report["rows"][0]["closed"] += 1
    files["report.json"] = json.dumps(report).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (change_message, "message"),
        (edited("messages.jsonl", forget_message), "timeline"),
        (edited("messages.jsonl", rename_message), "unlinked"),
        (edited("chain.jsonl", shift_link), "broken"),
        (edited("said.jsonl", say_more), "unsaid"),
        (count_more, "count"),
        (edited("members.jsonl", forget_message), "unlinked"),
        (lambda files: files.pop("lists.json"), "spoilt"),
        (lambda files: files.update({"lists.json": b"[" * 9999 + b"]" * 9999}), "spoilt"),
        (edited("chain.jsonl", begin_otherwise), "spoilt"),
    ],
)
def test_what_was_changed_and_sealed_again_is_found_by_what_it_contradicts(
    filled: Run, change: Callable[[Files], None], told: str
) -> None:
    assert told in wrong(resealed(evidence(filled), change))


@pytest.mark.parametrize(
    ("seal", "manifest"),
    [
        (b"[" * 9999, b"{}"),
        (b"[]", b'{"files":{}}'),
        (canonical({"manifest": sha(b'{"files":5}')}), b'{"files":5}'),
    ],
)
def test_a_seal_or_a_manifest_that_is_none_is_told(seal: bytes, manifest: bytes) -> None:
    """Each ended in a traceback."""
    assert wrong(pack({SEAL: seal, MANIFEST: manifest})) == ["spoilt"]


def test_what_an_archive_says_steers_no_terminal() -> None:
    """It could write over the line that says what is wrong, and add others."""
    told = verifier.worded("message", {"id": "\x1b[2K\r+\n\u202e通"}, chinese=True)
    assert told == r"报文 \x1b[2K\r+\n\u202e通 与其摘要不符。"


def test_evidence_needs_a_name_that_ends_in_zip_and_digests_need_evidence(filled: Run) -> None:
    for line in (("--evidence", "x.tar"), ("--digests",)):
        ran = filled("report", *line)
        assert (ran.code, ran.talk.count("\n")) == (2, 1)


@pytest.mark.slow
def test_a_time_stamp_is_for_this_archive_and_every_byte_of_it_counts(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Authority(tmp_path) as url:
        (tmp_path / "config.toml").write_text(f'[evidence]\ntimestamp = "{url}"\n')
        monkeypatch.setenv("CLEARANCE_CONFIG", str(tmp_path / "config.toml"))
        data = evidence(filled)
    assert "stamped" in said(data)
    files = opened(data)[0]
    for place in range(0, len(files["timestamp.tsr"]), 50):
        stamp = bytearray(files["timestamp.tsr"])
        stamp[place] ^= 1
        assert wrong(pack({**files, "timestamp.tsr": bytes(stamp)})) == ["spoilt"]
    for name in ("manifest.json", "timestamp.tsr"):
        (tmp_path / name).write_bytes(files[name])
    line = ["openssl", "ts", "-verify", "-data", "manifest.json", "-in", "timestamp.tsr"]
    ran = subprocess.run(
        [*line, "-CAfile", "tsa.pem"], cwd=tmp_path, capture_output=True, check=False
    )
    assert b"Verification: OK" in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(status=404), "it answers HTTP 404"),
        (Answer(b"no time stamp"), "it answers something else"),
        (Answer(b"x" * 2_000_000), "it answers something else"),
        (Answer(how="reset"), "the connection broke"),
        (Answer(how="trickle"), "no answer within 1 s"),
    ],
)
def test_an_authority_that_gives_no_stamp_is_told_without_its_address(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, why: str
) -> None:
    if answer.how == "trickle":
        monkeypatch.setattr(sealing, "_TIMEOUT_SECONDS", 1)
    with receiver(answer) as server:
        url = f"{server.url}/s3cret/tok?key=s3cret"
        (tmp_path / "config.toml").write_text(f'[evidence]\ntimestamp = "{url}"\n')
        monkeypatch.setenv("CLEARANCE_CONFIG", str(tmp_path / "config.toml"))
        ran = filled("report", "--period", "2026Q3", "--evidence", tmp_path / "e.zip")
    assert (ran.code, ran.talk.count("\n")) == (1, 1)
    assert f"evidence.timestamp: no time stamp came: {why}" in ran.talk
    assert "s3cret" not in ran.talk


class Authority:
    """A time-stamping authority on this machine, by openssl."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = (
            "[req]\ndistinguished_name=dn\nx509_extensions=v3\nprompt=no\n[dn]\nCN=Test\n"
            "[v3]\nextendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=one\n[one]\n"
            "serial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\n"
            "default_policy=1.2.3.4\ndigests=sha256\ness_cert_id_alg=sha256\n"
        )
        (folder / "tsa.cnf").write_text(config)
        self.run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key",
                 "-out", "tsa.pem", "-config", "tsa.cnf", "-days", "30")  # fmt: skip

    def run(self, *line: str) -> None:
        done = subprocess.run(["openssl", *line], cwd=self.folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def __enter__(self) -> str:
        folder, run = self.folder, self.run

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                (folder / "asked.tsq").write_bytes(asked)
                run("ts", "-reply", "-queryfile", "asked.tsq", "-out", "answer.tsr",
                    "-config", "tsa.cnf")  # fmt: skip
                self.send_response(200)
                self.end_headers()
                self.wfile.write((folder / "answer.tsr").read_bytes())

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/tsr"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("sentence", verifier.OF_ONE)
def test_what_is_said_of_one_agrees_in_english(sentence: str) -> None:
    one, two, chinese = (
        verifier.worded(sentence, {"count": n, "id": "X"}, chinese=zh)
        for n, zh in ((1, False), (2, False), (1, True))
    )
    assert one.startswith("1 ")
    assert " are " not in one.partition(";")[0]
    assert two.startswith("2 ")
    assert "1" in chinese
