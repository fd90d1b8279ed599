"""Files that lie about where messages arrive, and that no customs system writes."""

from __future__ import annotations

_NAMES = {"readme", "license", "licence", "changelog", "makefile"}
_ENDINGS = {
    *("md", "markdown", "rst", "log", "rtf", "pdf", "doc", "docx", "wps", "odt"),
    *("xls", "xlsx", "xlsm", "et", "ods", "csv", "tsv", "ppt", "pptx"),
    *("json", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "conf", "config", "properties"),
    *("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "ico", "svg", "webp"),
    *("htm", "html", "mht", "mhtml", "css", "js", "xsd", "xsl", "xslt", "dtd"),
    *("py", "sh", "bat", "cmd", "ps1", "vbs", "exe", "dll", "msi", "lnk", "url"),
    *("db", "sqlite", "sqlite3", "mdb", "sql", "dat", "key", "crt", "cer", "pem"),
}
_UNCLAIMED = (
    "binary",
    "doctype",
    "empty",
    "encoding",
    "html",
    "malformed",
    "too_large",
    "truncated",
    "unknown_root",
)
"""Kinds of refusal of what no reader has claimed."""


def ending(name: str) -> str:
    """The ending of a file's name in small letters, without the dot; nothing without one."""
    return _parts(name)[1]


def is_foreign(name: str, kind: str) -> bool:
    """Whether what could not be read, for a kind of reason, is by its name no message at all.

    A text file may hold a message that somebody pasted into it.
    """
    stem, end = _parts(name)
    return kind in _UNCLAIMED and (end in _ENDINGS or (stem in _NAMES and end in ("", "txt")))


def _parts(name: str) -> tuple[str, str]:
    """The last part of a name in small letters, before its last dot and behind it."""
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    stem, dot, end = last.rpartition(".")
    return (stem, end) if dot else (last, "")
