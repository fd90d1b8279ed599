"""The files of an archive of evidence, and what is said when it was written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any

from clearance import __version__
from clearance.render import Page, Table, encoded, text
from clearance.render.declarations import declaration_json
from clearance.render.tables import SCHEMA, flat
from clearance.render.words import worded
from clearance.reporting.evidence import Evidence, Held
from clearance.reporting.verifier import MANIFEST, SEAL, STAMP, canonical, pack, sha

if TYPE_CHECKING:
    from pathlib import Path

_README = {
    "en": """\
Evidence for a report of clearance

report.html      the report, to be read in a browser; lists.html, if there is one, belongs to it
report.json      the same for programs
lists.json       the declarations behind each count of the report
timelines.jsonl  what the report rests on: each declaration with its events
messages.jsonl   the messages of these: digest, names, when they came, and their commit
messages/        the messages themselves, byte for byte, unless only digests were asked for
said.jsonl       what people said about the declarations
chain.jsonl      the store's commits, each naming the one before by its digest
members.jsonl    digests of all messages of the commits that hold one of these
manifest.json    the digest of every file; seal.json has that of the manifest

Check it with Python, and with nothing else installed:

    python verify.py FILE.zip

verify.py lies in this archive. Who does not trust it takes it from another copy of clearance, or
reads it: it is one file.
""",
    "zh": """\
clearance 报告的证据档案

report.html      报告，可用浏览器阅读；如有 lists.html，与其同用
report.json      同一报告，供程序读取
lists.json       报告每个计数所含的报关单
timelines.jsonl  报告的依据：每份报关单及其事件
messages.jsonl   所依据的报文：摘要、文件名、收到时间、所在提交
messages/        报文原文，逐字节保存（仅存摘要时没有）
said.jsonl       人工填写的内容
chain.jsonl      数据库的各次提交，每次以摘要指向前一次
members.jsonl    相关提交中全部报文的摘要
manifest.json    每个文件的摘要；seal.json 存有 manifest 的摘要

只需 Python 即可检查，无需安装其他软件：

    python verify.py FILE.zip zh

verify.py 就在本档案中。若不信任，可从另一份 clearance 中取得，或自行阅读：只有一个文件。
""",
}
_WRITTEN = {
    "en": "{file}: {files} files; digest of the whole {digest}; {signed}, {stamped}",
    "zh": "{file}：{files} 个文件；整体摘要 {digest}；{signed}，{stamped}",
}
_SIGNED = {True: {"en": "signed", "zh": "已签名"}, False: {"en": "not signed", "zh": "未签名"}}
_STAMPED = {
    True: {"en": "with a time stamp", "zh": "有时间戳"},
    False: {"en": "without a time stamp", "zh": "无时间戳"},
}


def contents(evidence: Evidence, page: Page, lang: str, *, with_messages: bool) -> dict[str, bytes]:
    """The files of an archive by name, but its manifest and seal; ``page`` is the report's."""
    files: dict[str, bytes] = {
        "README.txt": _README[lang].encode(),
        "chain.jsonl": _lines(link.document for link in evidence.links),
        "lists.json": canonical(evidence.lists),
        "members.jsonl": _lines(members._asdict() for members in evidence.members),
        "messages.jsonl": _lines(map(_message_json, evidence.messages)),
        "report.html": encoded(page.html()) if page.html else b"",
        "report.json": text.json_line(page.json),
        "said.jsonl": _lines(
            {"kind": record.kind, "id": record.id, "document": record.document}
            for record in evidence.said
        ),
        "timelines.jsonl": _lines(
            {"name": one.name, **declaration_json(one, (), "en", events=True)}
            for one in evidence.declarations
        ),
        "verify.py": (resources("clearance.reporting") / "verifier.py").read_bytes(),
    }
    if page.beside is not None:
        name, pieces = page.beside
        files[name] = b"".join(map(encoded, pieces()))
    if with_messages:
        files |= {_file_of(held): held.message.data for held in evidence.messages}
    return files


def _lines(objects: Iterable[Any]) -> bytes:
    """Objects as canonical JSON, one on each line."""
    return b"".join(canonical(each) + b"\n" for each in objects)


def _message_json(held: Held) -> dict[str, Any]:
    message = held.message
    return {
        "id": message.id,
        "file": _file_of(held),
        "size": len(message.data),
        "names": held.names,
        "seen_at": message.seen_at.isoformat(),
        "extra": held.extra,
        "link": held.link,
    }


def _file_of(held: Held) -> str:
    """What a message is called in an archive."""
    ending = "xml" if held.message.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else "txt"
    return f"messages/{held.message.id.removeprefix('sha256:')}.{ending}"


def manifest(files: Mapping[str, bytes], evidence: Evidence, page: Page) -> bytes:
    """The manifest of an archive: the digest of each of its files, and of the last link."""
    digests = {name: sha(data) for name, data in files.items()}
    end = evidence.links[-1].digest if evidence.links else None
    about = {"as_of": page.json["as_of"], "chain": end, "files": digests}
    return canonical({"schema": SCHEMA, "clearance": __version__, **about})


def seal(made: bytes, signature: Mapping[str, str] | None, stamp: bytes | None) -> bytes:
    """The seal: the digest of the manifest, with its signature and its time stamp if there are."""
    signed = {"signature": dict(signature)} if signature else {}
    stamped = {"timestamp": sha(stamp)} if stamp else {}
    return canonical({"manifest": sha(made), **signed, **stamped})


def archive(files: Mapping[str, bytes], made: bytes, sealed: bytes, stamp: bytes | None) -> bytes:
    """The bytes of an archive: the seal and the manifest first, then its files by name."""
    stamped = {STAMP: stamp} if stamp else {}
    first = {SEAL: sealed, MANIFEST: made, **stamped}
    return pack({**first, **{name: files[name] for name in sorted(files)}})


def written(file: Path, names: int, sealed: bytes, lang: str) -> Page:
    """That an archive was written, and the digest to tell others of."""
    document = json.loads(sealed)
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "file": file.name,
        "files": names,
        "digest": sha(sealed),
        "signed": "signature" in document,
        "stamped": "timestamp" in document,
    }
    line = worded(
        _WRITTEN,
        lang,
        file=file,
        files=names,
        digest=data["digest"],
        signed=worded(_SIGNED["signature" in document], lang),
        stamped=worded(_STAMPED["timestamp" in document], lang),
    )
    keys = ("file", "files", "digest", "signed", "stamped")
    table = flat([data], lang, *keys)
    return Page(data, (data,), (Table(notes=(line,)),), table)
