"""What people said by hand: in words, in JSON, and as the answer of the commands that say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from clearance.customs.references import own_reference
from clearance.model import (
    Declaration,
    Effect,
    Says,
    Statement,
    Summary,
    Words,
    in_language,
    replace,
)
from clearance.render import Cell, Page, Table
from clearance.render.tables import SCHEMA, flat, iso, short_moment, tabulated, translated
from clearance.render.words import punctuated, worded

_SAYS: dict[Says, Words] = {
    Says.NOTE: {"en": "note", "zh": "备注"},
    Says.EVENT: {"en": "by hand: {about}", "zh": "人工登记：{about}"},
    Says.DONE: {"en": "done: {about}", "zh": "已办：{about}"},
    Says.CLOSE: {"en": "put away", "zh": "人工结案"},
    Says.REOPEN: {"en": "taken up again", "zh": "重新办理"},
    Says.UNDO: {"en": "takes back", "zh": "撤销此前登记"},
}
_EFFECTS: dict[Effect, Words] = {
    Effect.STANDS: {"en": "", "zh": ""},
    Effect.UNDONE: {"en": "taken back", "zh": "已撤销"},
    Effect.REPLACED: {"en": "replaced by customs' own", "zh": "已由海关回执取代"},
    Effect.BEHIND: {
        "en": "moves nothing: customs had gone further",
        "zh": "不改变状态：海关状态已更进一步",
    },
    Effect.OVERRULED: {
        "en": "moves nothing: customs told otherwise afterwards",
        "zh": "不改变状态：海关其后的回执与之不符",
    },
    Effect.OVER: {"en": "over: there was news after it", "zh": "已失效：其后有新情况"},
}
_BY: Words = {"en": ", {by}", "zh": "，{by}"}
_SAID_AT: Words = {"en": ", said {at}", "zh": "，{at} 登记"}
_NOTE: Words = {"en": "{text} ({at}, {by})", "zh": "{text}（{at} {by}）"}
_NOTE_ONLY: Words = {"en": "{text} ({at})", "zh": "{text}（{at}）"}
MARK: Words = {"en": "by hand", "zh": "人工"}
"""What stands in the place of a code."""


def about_text(statement: Statement, lang: str) -> str:
    """What a statement says, in a few words."""
    about = "" if statement.says is Says.UNDO else translated(statement.about, lang) or ""
    return worded(_SAYS[statement.says], lang, about=about)


def effect_text(statement: Statement, lang: str) -> str:
    """What became of a statement; nothing where it stands."""
    return in_language(_EFFECTS[statement.effect], lang)


def meaning(statement: Statement, as_of: datetime, lang: str) -> str:
    """A statement as it stands in a timeline: what it says, who said it, and its effect."""
    by = worded(_BY, lang, by=statement.by) if statement.by else ""
    later = statement.at != statement.happened_at
    at = worded(_SAID_AT, lang, at=short_moment(statement.at, as_of)) if later else ""
    said = f"{about_text(statement, lang)}{by}{at}"
    return punctuated("; ", lang).join(filter(None, (said, effect_text(statement, lang))))


def remark(statement: Statement, as_of: datetime, lang: str) -> str:
    """The text of a statement, with who said it and when."""
    at = short_moment(statement.at, as_of)
    words = _NOTE if statement.by else _NOTE_ONLY
    return worded(words, lang, text=statement.text or "—", at=at, by=statement.by)


def facts(summary: Summary, as_of: datetime, lang: str) -> Iterator[tuple[str, str]]:
    """What people said of a declaration, as it stands above its timeline."""
    if put_away := summary.put_away:
        yield in_language(_SAYS[Says.CLOSE], lang), remark(put_away, as_of, lang)
    for statement in summary.statements:
        if statement.stands and statement.says is Says.NOTE:
            yield in_language(_SAYS[Says.NOTE], lang), remark(statement, as_of, lang)


def stage_mark(summary: Summary, lang: str) -> str:
    """The mark of a declaration whose stage only people tell, or that is put away; else nothing."""
    if not summary.statements:
        return ""
    if summary.put_away:
        return in_language(_SAYS[Says.CLOSE], lang)
    return in_language(MARK, lang) if is_stage_by_hand(summary) else ""


def is_stage_by_hand(summary: Summary) -> bool:
    """Whether only people tell the stage that a declaration is in."""
    return any(
        s.stands
        and s.says is Says.EVENT
        and s.about == summary.stage
        and s.happened_at == summary.since
        for s in summary.statements
    )


# JSON


def statements_json(summary: Summary) -> dict[str, Any]:
    """What people said of a declaration by hand, as ``status``, ``list`` and ``explain`` give it.

    ``notes`` are always there, the rest where anything was said. What was taken back is left out;
    every statement stands among the events.
    """
    if not summary.statements:
        return {"notes": []}
    standing = [s for s in summary.statements if s.stands]
    put_away = summary.put_away
    return {
        "stage_by_hand": is_stage_by_hand(summary),
        "by_hand": summary.by_hand.split(",") if summary.by_hand else [],
        "notes": [_note_json(s) for s in standing if s.says is Says.NOTE],
        "done": [
            {"action": s.about, "at": iso(s.happened_at), "said_at": iso(s.at), "by": s.by,
             "note": s.text}
            for s in standing
            if s.says is Says.DONE
        ],
        "put_away": put_away
        and {"at": iso(put_away.at), "by": put_away.by, "why": put_away.text},
    }  # fmt: skip


def cells(summary: Summary) -> dict[str, Cell]:
    """What people said of a declaration by hand, as cells of a spreadsheet.

    ``by_hand`` names the milestones that only people tell, and ``stage`` where that is so of it.
    """
    stage = ["stage"] if is_stage_by_hand(summary) else []
    told = [*stage, *filter(None, summary.by_hand.split(","))]
    put_away = summary.put_away
    notes = [s.text for s in summary.statements if s.stands and s.says is Says.NOTE]
    return {
        "by_hand": ", ".join(told) or None,
        "put_away": put_away.at if put_away else None,
        "notes": "; ".join(filter(None, notes)) or None,
    }


def _note_json(statement: Statement) -> dict[str, Any]:
    return {"at": iso(statement.at), "by": statement.by, "text": statement.text}


def event_json(statement: Statement) -> dict[str, Any]:
    """What an event by hand has besides what every event has."""
    return {
        "by": statement.by,
        "said": statement.says,
        "said_at": iso(statement.at),
        "about": statement.about,
        "effect": statement.effect,
        "replaced_by": statement.replaced_by,
    }


# The answer


def said(kept: Iterable[tuple[Declaration, Statement]], as_of: datetime, lang: str) -> Page:
    """What was just said, a line for each declaration, with what became of it."""
    rows = list(kept)
    data = [_said_json(declaration, statement) for declaration, statement in rows]
    cells = [_cells(declaration, statement, as_of, lang) for declaration, statement in rows]
    names = [n for n in cells[0] if any(row[n] for row in cells)] if cells else []
    return Page(
        json={"schema": SCHEMA, "as_of": iso(as_of), "said": data},
        lines=tuple(data),
        tables=(_without_own(tabulated(cells, lang, names)),) if cells else (),
        flat=flat(
            data, lang, "declaration", "said", "about", "at", "by", "note", "effect", "stage"
        ),
        empty_message="nothing was said",
    )


def _without_own(table: Table) -> Table:
    """A table that goes without the declarant's own references where a terminal is narrow."""
    heads = tuple(
        replace(head, spare=1) if head.key == "own_reference" else head for head in table.columns
    )
    return replace(table, columns=heads)


def _said_json(declaration: Declaration, statement: Statement) -> dict[str, Any]:
    return {
        "declaration": declaration.name,
        **event_json(statement),
        "at": iso(statement.happened_at),
        "note": statement.text,
        "stage": declaration.stage,
        "open": declaration.open,
        "message": statement.message,
    }


def _cells(
    declaration: Declaration, statement: Statement, as_of: datetime, lang: str
) -> dict[str, Cell]:
    return {
        "=declaration": declaration.name,
        "=own reference": own_reference(declaration),
        "=stage": translated(declaration.stage, lang),
        "said by hand": about_text(statement, lang),
        "=time": short_moment(statement.happened_at, as_of),
        "said by": statement.by,
        "note": statement.text,
        "effect": effect_text(statement, lang) or None,
    }


def timeline_row(
    statement: Statement, stage: str | None, as_of: datetime, lang: str
) -> Sequence[Cell]:
    """A statement as a row of a timeline: time, mark, stage, what it says, and its text."""
    mark = in_language(MARK, lang)
    return statement.happened_at, mark, stage, meaning(statement, as_of, lang), statement.text
