"""What customers are told, in words: a table of texts in each language, and templates over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from string import Formatter

from clearance.alerting.outbox import Delivery
from clearance.channels import Line, Notification
from clearance.customers.facts import Facts
from clearance.customers.notices import Notice
from clearance.customers.settings import Customer
from clearance.customers.telling import Draft, Text
from clearance.customers.topics import MOVED, RENUMBERED
from clearance.customs import tables
from clearance.customs.words import kind_name
from clearance.model import Severity, Words, in_language
from clearance.render.text import visible
from clearance.render.words import joined, say, worded

_MAX_LINE_CHARS = 240
_UNKNOWN = "—"
"""What stands in a text of the settings for a field that is not known."""
_MAX_NUMBERS = 3
"""Bills or containers that a notice names before it counts the rest."""
NOTHING: Words = {"en": "You need not do anything.", "zh": "无需您办理任何手续。"}

TOPICS: Mapping[str, Words] = {
    "declared": {"en": "declared to customs", "zh": "已向海关申报"},
    "accepted": {"en": "accepted by customs", "zh": "海关已接受申报"},
    "reviewed": {"en": "reviewed by customs", "zh": "海关已审结"},
    "released": {"en": "released by customs", "zh": "海关已放行"},
    "cleared": {"en": "cleared", "zh": "已结关"},
    "inspection_ordered": {"en": "customs inspects the goods", "zh": "海关查验"},
    "returned": {"en": "returned by customs", "zh": "海关退单"},
    "deleted": {"en": "declaration deleted", "zh": "报关单已删除"},
    "amended_after_release": {"en": "reopened by customs", "zh": "海关重新审核"},
    "action_deadline": {"en": "customs waits for papers", "zh": "海关要求补充资料"},
    "tax_unpaid": {"en": "duties to be paid", "zh": "税款待缴"},
    "vessel_cutoff": {"en": "the cut-off is near", "zh": "临近截关"},
    "free_time": {"en": "free time at the terminal ends", "zh": "免费期将至"},
    "import_undeclared": {"en": "not declared yet", "zh": "尚未申报"},
    "undone": {"en": "correction: no longer so", "zh": "更正：原通知不再有效"},
    "renumbered": {"en": "correction: another customs number", "zh": "更正：报关单号变更"},
    "moved": {"en": "correction: expected on another day", "zh": "更正：预计放行日期变更"},
}
"""What each topic is called."""

TEXTS: Mapping[str, Words] = {
    "title": {
        "en": "Customs clearance: {name}, {what}",
        "zh": "通关通知 clearance：{name} {what}",
    },
    "numbers": {"en": "Your shipment: {numbers}", "zh": "您的货物：{numbers}"},
    "customs_number": {
        "en": "{number_name}: {number}[ ({office})]",
        "zh": "{number_name}：{number}[（{office}）]",
    },
    "expected": {
        "en": "Release is expected about {expected}.",
        "zh": "预计 {expected} 前后放行。",
    },
    "corrects": {
        "en": "This corrects our notice of {told_at}: {was}.",
        "zh": "更正我方 {told_at} 的通知：{was}。",
    },
    "call": {"en": "Questions: {contact}", "zh": "联系人：{contact}"},
    "declared": {
        "en": "Declared to customs on {at}.",
        "zh": "{at} 已向海关申报。",
    },
    "declared_means": {
        "en": "Customs has received the declaration and has not decided on it yet.",
        "zh": "海关已收到申报，尚未作出决定。",
    },
    "declared_do": NOTHING,
    "accepted": {
        "en": "Customs accepted the declaration on {at}.",
        "zh": "海关已于 {at} 接受申报。",
    },
    "accepted_means": {
        "en": "Customs now reviews it; the goods are not released yet.",
        "zh": "海关正在审核，货物尚未放行。",
    },
    "accepted_do": NOTHING,
    "reviewed": {
        "en": "Customs finished its review on {at}.",
        "zh": "海关已于 {at} 审结。",
    },
    "reviewed_means": {
        "en": "The papers are in order; the release is still to come.",
        "zh": "单证审核已通过，等待放行。",
    },
    "reviewed_do": NOTHING,
    "released": {
        "en": "Customs released the goods on {at}.",
        "zh": "海关已于 {at} 放行。",
    },
    "released_means": {
        "en": "The goods may leave the supervision of customs.",
        "zh": "货物可以离开海关监管。",
    },
    "released_do": NOTHING,
    "cleared": {
        "en": "Customs closed the declaration on {at}.",
        "zh": "海关已于 {at} 结关。",
    },
    "cleared_means": {
        "en": "The formalities of customs are over.",
        "zh": "海关手续已全部办结。",
    },
    "cleared_do": NOTHING,
    "inspection_ordered": {
        "en": "Customs ordered an inspection of the goods on {at}.",
        "zh": "海关已于 {at} 布控查验。",
    },
    "inspection_ordered_means": {
        "en": "The goods are not released before the inspection is over.",
        "zh": "查验完成之前货物不能放行。",
    },
    "inspection_ordered_do": {
        "en": "Please be reachable: we may need you, or somebody you send, at the yard.",
        "zh": "请保持联系：可能需要您或您委派的人员到场配合。",
    },
    "returned": {
        "en": "Customs returned the declaration on {at}.",
        "zh": "海关已于 {at} 退单。",
    },
    "returned_means": {
        "en": "It has to be corrected and sent again; the goods wait meanwhile.",
        "zh": "需要修改后重新申报，期间货物等待。",
    },
    "returned_do": {
        "en": "Please have your papers at hand: we come back to you if any have to be changed.",
        "zh": "请备好单证：如需修改，我方会与您联系。",
    },
    "deleted": {
        "en": "The declaration was deleted on {at}.",
        "zh": "报关单已于 {at} 删除。",
    },
    "deleted_means": {
        "en": "It no longer counts; the goods need another declaration.",
        "zh": "该报关单不再有效，货物需要重新申报。",
    },
    "deleted_do": {
        "en": "Please have your papers at hand: we come back to you.",
        "zh": "请备好单证，我方会与您联系。",
    },
    "amended_after_release": {
        "en": "Customs reopened its review on {at}.",
        "zh": "海关已于 {at} 重新审核。",
    },
    "amended_after_release_means": {
        "en": "The release does not hold until customs has decided again.",
        "zh": "在海关再次决定之前，原放行不再有效。",
    },
    "amended_after_release_do": {
        "en": "Please do not move the goods, and have your papers at hand.",
        "zh": "请勿移动货物，并备好单证。",
    },
    "action_deadline": {
        "en": "Customs waits for papers[, by {deadline}].",
        "zh": "海关要求补充资料[，期限 {deadline}]。",
    },
    "action_deadline_means": {
        "en": "Without them the declaration does not go on.",
        "zh": "资料未补充前，申报不会继续办理。",
    },
    "action_deadline_do": {
        "en": "Please send us the papers that we ask you for.",
        "zh": "请按我方要求提供资料。",
    },
    "tax_unpaid": {
        "en": "The duties are not known to be paid[; the last day is {deadline}].",
        "zh": "税款尚未确认缴纳[，最后期限 {deadline}]。",
    },
    "tax_unpaid_means": {
        "en": "The goods are released only when they are paid, and late payment costs a fee.",
        "zh": "缴税后方可放行，逾期须缴滞纳金。",
    },
    "tax_unpaid_do": {
        "en": "Please pay the duties, or tell us when you did.",
        "zh": "请尽快缴税；如已缴纳，请告知我方。",
    },
    "vessel_cutoff": {
        "en": "The goods are not released, and the cut-off[ of {deadline}] is near.",
        "zh": "货物尚未放行，已临近截关[（{deadline}）]。",
    },
    "vessel_cutoff_means": {
        "en": "They may miss the vessel.",
        "zh": "可能赶不上船。",
    },
    "vessel_cutoff_do": {
        "en": "Please tell us if another vessel would do.",
        "zh": "如可改船，请告知我方。",
    },
    "free_time": {
        "en": "The goods are still at the terminal[; the last free day is {deadline}].",
        "zh": "货物仍在场站[，免费期至 {deadline}]。",
    },
    "free_time_means": {
        "en": "The terminal and the carrier charge from then on.",
        "zh": "逾期场站和船公司将收取费用。",
    },
    "free_time_do": {
        "en": "Please have them picked up, or tell us when they were.",
        "zh": "请安排提货；如已提货，请告知我方。",
    },
    "import_undeclared": {
        "en": "The goods are not declared yet[; the last day without a fee is {deadline}].",
        "zh": "货物尚未申报[，最后期限 {deadline}]。",
    },
    "import_undeclared_means": {
        "en": "Customs charges a fee for each day after that.",
        "zh": "逾期海关按日征收滞报金。",
    },
    "import_undeclared_do": {
        "en": "Please send us the papers that are still missing.",
        "zh": "请提供尚缺的单证。",
    },
    "undone": {
        "en": "What we told you no longer holds since {at}.",
        "zh": "自 {at} 起，此前的通知不再有效。",
    },
    "undone_means": {
        "en": "It is not so at present; we tell you as soon as customs has decided.",
        "zh": "该状态目前不成立；海关作出决定后我方会立即通知。",
    },
    "undone_do": {
        "en": "Please do not move the goods before we tell you.",
        "zh": "在我方通知之前请勿移动货物。",
    },
    "renumbered": {
        "en": "Customs' number is now {number}.",
        "zh": "报关单号现为 {number}。",
    },
    "renumbered_means": {
        "en": "All else that we told you stands.",
        "zh": "其他通知内容不变。",
    },
    "renumbered_do": {
        "en": "Please use the new number from now on.",
        "zh": "请今后使用新的编号。",
    },
    "moved": {
        "en": "The release is now expected about {expected}.",
        "zh": "现预计 {expected} 前后放行。",
    },
    "moved_means": {
        "en": "By what usually happens from here on; customs decides.",
        "zh": "依据以往情况估计，以海关决定为准。",
    },
    "moved_do": NOTHING,
}
"""Every text of a notice; what stands in brackets is left out where a field in it is not known."""

_OF_DIRECTION: Mapping[str, Words] = {
    "released_means import": {
        "en": "The goods may be picked up.",
        "zh": "货物可以提取。",
    },
    "released_means export": {
        "en": "The goods may be loaded.",
        "zh": "货物可以装运。",
    },
}
"""Texts that are others for one direction."""

_WORDS: Mapping[str, Words] = {
    "reference": {"en": "reference {value}", "zh": "编号 {value}"},
    "digest": {
        "en": "Customs clearance: {n} notices for {customer}",
        "zh": "通关通知 clearance：{customer} {n} 条",
    },
    "more": {"en": "+{} more: please ask us", "zh": "另有 {} 条，请向我方查询"},
    "and more": {"en": "{values} +{n} more", "zh": "{values} 等另 {n} 个"},
    "number": {"en": "customs' number", "zh": "报关单号"},
    "was number": {"en": "customs' number {number}", "zh": "报关单号 {number}"},
    "was day": {"en": "release expected on {day}", "zh": "预计 {day} 放行"},
}


def text(draft: Draft) -> Text:
    """A notice in its customer's language: its title, and its lines in their order."""
    customer, topic = draft.customer, draft.news.topic
    fields = _fields(draft)
    wanted = ["numbers", "customs_number", topic, f"{topic}_means", f"{topic}_do"]
    if draft.facts.expected and topic != MOVED and not draft.facts.released:
        wanted.append("expected")
    wanted += ["corrects"] if draft.corrected else []
    wanted += ["call"] if customer.contact else []
    lines = (_text(customer, key, draft.facts, fields) for key in wanted)
    title = _text(customer, "title", draft.facts, fields) or fields["name"]
    return Text(title, tuple(line for line in lines if line))


def _text(customer: Customer, key: str, facts: Facts, fields: Mapping[str, str]) -> str:
    """A text as the customer's settings say it, else as the table does; on one line.

    In a text of the settings brackets are brackets, and what is not known is a dash.
    """
    if key in customer.texts:
        known = {name: value or _UNKNOWN for name, value in fields.items()}
        return _short(_with_fields(customer.texts[key], known) or "")
    words = _OF_DIRECTION.get(f"{key} {facts.direction}") or TEXTS[key]
    return _filled(in_language(words, customer.lang), fields)


def _filled(template: str, fields: Mapping[str, str]) -> str:
    """A template with its fields, on one line; empty where one outside of brackets is not known.

    What a field holds is text: braces and brackets in it are no fields.
    """
    written = ""
    for number, part in enumerate(_parts(template)):
        filled = _with_fields(part, fields)
        if filled is None and number % 2 == 0:
            return ""
        written += filled or ""
    return _short(written)


def _parts(template: str) -> list[str]:
    """A template cut at its brackets: every second part stood within a pair of them."""
    parts, rest = list[str](), template
    while "[" in rest and "]" in rest[rest.index("[") :]:
        before, _, rest = rest.partition("[")
        inside, _, rest = rest.partition("]")
        parts += [before, inside]
    return [*parts, rest]


def _with_fields(template: str, fields: Mapping[str, str]) -> str | None:
    """A template with its fields; None where one of them is not known."""
    written = ""
    for before, field, _, _ in Formatter().parse(template):
        if field is not None and not fields.get(field):
            return None
        written += before + (fields[field] if field else "")
    return written


def _short(written: str) -> str:
    line = " ".join(visible(written).encode(errors="backslashreplace").decode().split())
    return line if len(line) <= _MAX_LINE_CHARS else f"{line[: _MAX_LINE_CHARS - 1]}…"


def _fields(draft: Draft) -> dict[str, str]:
    """What each field of a text says; empty where that is not known."""
    customer, facts, news = draft.customer, draft.facts, draft.news
    lang = customer.lang
    first = next(iter(draft.corrected), None)
    called = number_name(facts, lang)
    return {
        "customer": customer.name,
        "name": facts.name,
        "reference": facts.reference or "",
        "bill": _several(facts.bills, lang),
        "container": _several(facts.containers, lang),
        "numbers": joined(_numbers(facts, lang), lang),
        "number": facts.number or "",
        "number_name": called[:1].upper() + called[1:],
        "office": office(facts, lang) or "",
        "direction": say(facts.direction, lang) if facts.direction else "",
        "what": in_language(TOPICS[news.topic], lang),
        "at": moment(news.at, customer),
        "deadline": deadline(news.deadline, customer) or "",
        "expected": facts.expected.isoformat() if facts.expected else "",
        "was": joined((_was(one, news.topic, lang) for one in draft.corrected), lang),
        "told_at": moment(first.made_at, customer) if first else "",
        "contact": customer.contact,
    }


def _numbers(facts: Facts, lang: str) -> Iterator[str]:
    """The customer's own numbers, each with what it is; without any, nothing."""
    if facts.reference:
        yield worded(_WORDS["reference"], lang, value=facts.reference)
    for kind, values in (("bill_no", facts.bills), ("container", facts.containers)):
        if values:
            yield f"{kind_name(kind, lang)} {_several(values, lang)}"


def _several(values: Sequence[str], lang: str) -> str:
    """The first of some numbers, and how many more there are."""
    shown = ", ".join(values[:_MAX_NUMBERS])
    more = len(values) - _MAX_NUMBERS
    return worded(_WORDS["and more"], lang, values=shown, n=more) if more > 0 else shown


def _was(notice: Notice, topic: str, lang: str) -> str:
    """What a notice said that is put right."""
    if topic == RENUMBERED and notice.number:
        return worded(_WORDS["was number"], lang, number=notice.number)
    if topic == MOVED and notice.expected:
        return worded(_WORDS["was day"], lang, day=notice.expected.isoformat())
    return in_language(TOPICS[notice.topic], lang)


def number_name(facts: Facts, lang: str) -> str:
    """What the number of a shipment at customs is called; one that is not final by its own name."""
    if facts.official or not facts.number:
        return in_language(_WORDS["number"], lang)
    return kind_name(facts.number_kind, lang, facts.system)


def office(facts: Facts, lang: str) -> str | None:
    """An office by its name, with its code."""
    if facts.office is None:
        return None
    return tables.with_name(facts.system, "office", facts.office, lang)


def moment(at: datetime, customer: Customer) -> str:
    """A time by the clock of the customer's zone."""
    return f"{at.astimezone(customer.tz):%Y-%m-%d %H:%M}"


def deadline(written: str | None, customer: Customer) -> str | None:
    """A deadline, a time or a mere day, as the customer reads it."""
    if written is None:
        return None
    if len(written) == len("2026-03-02"):
        return date.fromisoformat(written).isoformat()
    return moment(datetime.fromisoformat(written), customer)


# Messages


def message(delivery: Delivery, notices: Sequence[Notice], customer: str) -> Notification:
    """The message of a delivery to a customer: one notice, or those of a day."""
    lang = notices[0].lang
    return Notification(
        id=delivery.id,
        at=delivery.filed_at,
        severity=Severity.CRITICAL if any(n.urgent for n in notices) else Severity.INFO,
        lang=lang,
        title=_title(notices, customer, lang),
        lines=tuple(_lines(notices)),
        document={"notices": [notice_data(one) for one in notices]},
        threads=tuple(thread(notices)),
        reached=delivery.reached,
        more=_WORDS["more"],
    )


def _title(notices: Sequence[Notice], customer: str, lang: str) -> str:
    if len(notices) == 1:
        return notices[0].title
    return _short(worded(_WORDS["digest"], lang, n=len(notices), customer=customer))


def _lines(notices: Iterable[Notice]) -> Iterator[Line]:
    several = list(notices)
    for one in several:
        if len(several) > 1:
            yield Line("section", one.title)
        for number, line in enumerate(one.lines):
            yield Line("detail" if number else "alert", line)


def thread(notices: Iterable[Notice]) -> Iterator[str]:
    """The ids that mails of one thread share: of a correction that which it puts right."""
    for one in notices:
        yield from (*one.corrects, one.id)


def notice_data(notice: Notice) -> dict[str, object]:
    """A notice for programs: what may leave the house, and nothing else."""
    return {
        "id": notice.id,
        "topic": notice.topic,
        "name": notice.name,
        "number": notice.number,
        "at": notice.at.isoformat(),
        "expected": notice.expected.isoformat() if notice.expected else None,
        "corrects": list(notice.corrects),
        "title": notice.title,
        "lines": list(notice.lines),
    }
