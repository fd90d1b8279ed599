"""Notes about figures, and inconsistencies of timelines, in words.

Other parts give a key and values (``model.Note``, ``model.Inconsistency``); the wording is here.
"""

from __future__ import annotations

from clearance.model import Inconsistency, Note, Words
from clearance.render.words import interval_word, one_of_both, say, worded

NOTES: dict[str, Words] = {
    # why a figure is missing
    "too_few": {"en": "too few: n = {n}", "zh": "样本过少：n = {n}"},
    "too_few_to_compare": {
        "en": "too few: n = {before} before, {now} now",
        "zh": "样本过少：前期 {before}，本期 {now}",
    },
    "no_calendar": {"en": "no calendar: {years}", "zh": "缺少官方日历：{years}"},
    "only_closures": {"en": "only closures are counted", "zh": "仅统计已结关者"},
    "none_such": {"en": "no declaration that it could be of", "zh": "无适用的报关单"},
    "no_tariff": {
        "en": "no tariff is set: [costs.demurrage] tiers",
        "zh": "未设置费率：[costs.demurrage] tiers",
    },
    "no_year_ago": {
        "en": "the same period a year ago is not read, or is of too few",
        "zh": "未读取去年同期，或其样本过少",
    },
    "not_known_of_any": {
        "en": "what it needs is known of none of {n}",
        "zh": "{n} 票均缺少所需数据",
    },
    "not_reached_by_enough": {
        "en": "too many are still without it",
        "zh": "尚无此值者过多",
    },
    "none_closed": {"en": "none {ended}", "zh": "无{ended}者"},
    "not_reached": {
        "en": "not reached: {share:.1%} {have}",
        "zh": "未达到：仅 {share:.1%} {have}",
    },
    "not_known_beyond": {"en": "not known beyond {days:.1f} d", "zh": "{days:.1f} 天以后尚不可知"},
    "no_ratio": {"en": "no ratio: a mean of zero", "zh": "均值为零，无比率"},
    "no_change_to_share": {
        "en": "no clear change to share, or less than a hundredth of the mean",
        "zh": "无明显变化可分摊，或变化不足均值的百分之一",
    },
    # what to bear in mind about one
    "not_begun": {"en": "it has not begun", "zh": "尚未开始"},
    "no_such_interval": {
        "en": "{n} more, whose messages tell no such interval",
        "zh": "另有 {n} 票报文未载该时段",
    },
    "put_away": {
        "en": "{n} of the open were put away by hand, and count until then",
        "zh": "未完结者中 {n} 票已人工结案，用时计至结案之时",
    },
    "by_hand": {
        "en": "{n} begin or end by what a person said, not by a message of customs",
        "zh": "{n} 票的起止时间为人工登记，非海关回执",
    },
    "in_advance": {
        "en": "{n} more were {ended} before the arrival",
        "zh": "另有 {n} 票在运抵（抵港）前{ended}",
    },
    "arrival_known_of": {
        "en": "arrival known of {known} of {all}",
        "zh": "{all} 票中 {known} 票的运抵（抵港）时间已知",
    },
    "in_advance_or_unknown": {
        "en": "arrival known of {known} of {all}; {n} of these were {ended} before it",
        "zh": "{all} 票中 {known} 票的运抵（抵港）时间已知，其中 {n} 票在此之前{ended}",
    },
    "left_out": {"en": "{n} left out: no number", "zh": "{n} 票不是数字，未计入"},
    "known_of": {"en": "known of {known} of {n}", "zh": "{n} 票中 {known} 票有值"},
    "not_declared_by_any": {"en": "no declaration says it", "zh": "无报关单载有此项"},
    "immature": {
        "en": "immature: {share:.1%} {still}",
        "zh": "部分{still}，数据未完整：{share:.1%} {still}",
    },
    "carried_flat": {
        "en": "carried flat: nothing is known beyond {days:.1f} d",
        "zh": "{days:.1f} 天以后无观测，按不变延伸",
    },
    "by_bootstrap": {
        "en": "interval: bootstrap of {rounds} rounds",
        "zh": "区间由 {rounds} 次重抽样得出",
    },
    "by_greenwood": {
        "en": "interval: normal, of the log ratio by Greenwood",
        "zh": "区间由对数比的正态近似得出（Greenwood 方差）",
    },
    "partly_matched": {
        "en": "only {share:.1%} of {period} has its like",
        "zh": "{period} 中仅 {share:.1%} 有可比对象",
    },
    # why a declaration is in no figure
    "in_the_future": {"en": "in the future", "zh": "时间在未来"},
    "ends_before_it_begins": {"en": "ends before it begins", "zh": "先终后始"},
    "closed_before_it_was_declared": {
        "en": "closed before it was declared",
        "zh": "结关早于申报",
    },
    "closed_before_it_was_accepted": {
        "en": "closed before it was accepted",
        "zh": "结关早于接受申报",
    },
    # how likely a release by a cut-off is, or why that is not known
    "by_those_that_waited": {
        "en": "by {n} that waited as long: {stratum}",
        "zh": "依据等待同样久的 {n} 票：{stratum}",
    },
    "cutoff_passed": {"en": "the cut-off has passed", "zh": "截关已过"},
    "not_declared": {"en": "it is not declared", "zh": "尚未申报"},
    "too_few_waited": {"en": "too few have waited so long", "zh": "等待如此之久的样本过少"},
    "too_little_history": {"en": "too little history: n = {n}", "zh": "历史样本过少：n = {n}"},
    "back_test_error": {
        "en": "back-test error {error:.2f}: {limit:.2f} at most",
        "zh": "回测误差 {error:.2f}，上限 {limit:.2f}",
    },
}

INCONSISTENCIES: dict[str, Words] = {
    "direction_disagrees": {
        "en": "what came speaks of more than one direction",
        "zh": "收到的内容所指的进出口方向不一致",
    },
    "time_of_file": {
        "en": "neither a message nor its name bears a time: it is that of the file",
        "zh": "报文与文件名均无时间，采用文件的时间",
    },
    "odd_number": {
        "en": "a message also gives {number}, which is no number of the usual form",
        "zh": "回执中另有编号 {number}，格式不符",
    },
    "name_disagrees": {"en": "the file name says {number}", "zh": "文件名中的编号为 {number}"},
    "negative_interval": {
        "en": "{interval} ends before it begins",
        "zh": "{interval} 的终点早于起点",
    },
    "sent_again": {"en": "{reference} also names {names}", "zh": "{reference} 也用于 {names}"},
    "given_up": {"en": "not sent again, said for {day}", "zh": "不再申报（{day}）"},
    "replaced_by": {"en": "sent as {name} instead", "zh": "已改用 {name} 申报"},
    "shared_reference": {
        "en": "{reference} also names {names}",
        "zh": "{reference} 也用于 {names}",
    },
    "overused_reference": {
        "en": "{reference} stands beside more than {count} numbers and links nothing",
        "zh": "{reference} 与超过 {count} 个编号同时出现，不再用于关联",
    },
    "unknown_code": {"en": "{code} in {kind}", "zh": "{kind} 中的 {code}"},
    "time_ahead": {
        "en": "the last message is dated {at}, which lies ahead",
        "zh": "最后一份回执的时间 {at} 尚未到来",
    },
    "unclear_code": {
        "en": "{code} may mean: {meanings}; nothing in it decides, so look it up at customs before "
        "anything is sent again",
        "zh": "{code} 可能表示: {meanings}; 回执内容无法判断, 请先向海关核实, 不要直接重新申报",
    },
    "office_disagrees": {
        "en": "the number is of office {office}, the message of {other}",
        "zh": "编号属 {office} 关区, 回执写明 {other}",
    },
    "amended_after_closure": {
        "en": "closed on {closed}, and amended from {amended} on",
        "zh": "{closed} 结关, {amended} 起修改",
    },
}

_MORE: Words = {"en": "{names} and {more} more", "zh": "{names} 及另外 {more} 票"}


def note(about: Note, lang: str, interval: str = "declare-close") -> str:
    """A note in a language, in the words of the interval that it is about."""
    values = {**about.values}
    if "stratum" in values:
        values["stratum"] = "/".join(say(part, lang) for part in values["stratum"].split("/"))
    from clearance.render.report_words import end_words

    return worded(NOTES[about.key], lang, **end_words(interval, lang), **values)


def inconsistency(found: Inconsistency, lang: str) -> str:
    """What does not add up, in a language."""
    values = dict(found.values)
    if "more" in values:
        values["names"] = worded(_MORE, lang, **values)
    if "meanings" in values:
        values["meanings"] = [one_of_both(meaning, lang) for meaning in values["meanings"]]
    if "interval" in values:
        values["interval"] = interval_word(values["interval"], lang)
    return worded(INCONSISTENCIES[found.kind], lang, **values)
