"""The sentences of a report's page, in each language."""

from __future__ import annotations

from clearance.model import Words

WEEKDAYS: Words = {
    "en": "Mon Tue Wed Thu Fri Sat Sun",
    "zh": "周一 周二 周三 周四 周五 周六 周日",
}

TEXT: dict[str, Words] = {
    "faster": {
        "en": "{new} took {much} less time than {old}",
        "zh": "{new} 比 {old} 快 {much}",
    },
    "slower": {
        "en": "{new} took {much} more time than {old}",
        "zh": "{new} 比 {old} 慢 {much}",
    },
    "no clear change": {
        "en": "No clear change from {old} to {new}",
        "zh": "{new} 与 {old} 相比无明显变化",
    },
    "too few": {
        "en": "Too few declarations to compare {new} with {old}",
        "zh": "{new} 与 {old} 样本过少，无法比较",
    },
    "no calendar": {
        "en": "No official calendar for all of {new} and {old}",
        "zh": "{new} 或 {old} 缺少官方日历",
    },
    "from-to": {
        "en": "The mean of {interval}, up to {tau} days and with what is still open, went from "
        "{before} to {now}. The change is {ratio}, with 95 % certainty between {low} and {high}.",
        "zh": "{interval} 的均值（截至 {tau} 天，含未结关者）由 {before} 变为 {now}，变化 {ratio}，"
        "95 % 区间 {low} 至 {high}。",
    },
    "same mix": {
        "en": "With the same mix of cargo as in {old} the change would be {adjusted}.",
        "zh": "若货物构成与 {old} 相同，变化为 {adjusted}。",
    },
    "mix matters": {
        "en": " A good part of the change is another mix, not another pace.",
        "zh": "变化中相当一部分来自构成，而非速度。",
    },
    "weak": {
        "en": "With {n} declarations on the smaller side, a real change of a fifth may well go "
        "unseen.",
        "zh": "较少一侧仅 {n} 票，即使真有两成变化也可能看不出来。",
    },
    "periods": {"en": "Period by period", "zh": "各期概览"},
    "groups": {"en": "Group by group", "zh": "分组情况"},
    "curves": {"en": "How many are still waiting, and for how long", "zh": "尚未结关的比例"},
    "curves lead": {
        "en": "The share not yet closed so many days after the start. The lower and the further "
        "left a curve, the quicker; the band is the 95 % range of the first.",
        "zh": "起算后若干天仍未结关的比例。曲线越低、越靠左越快；阴影为首条曲线的 95 % 范围。",
    },
    "stages": {"en": "Where the time went", "zh": "时间花在哪里"},
    "stages lead": {
        "en": "Mean time in each stage, of the declarations that are closed, and whom it waits "
        "for. The parts sum to the whole.",
        "zh": "已结关报关单在各阶段的平均时间及等待方；各部分之和等于总时长。",
    },
    "boxes": {"en": "Side by side: {dimension}, {focus}", "zh": "对比：{dimension}，{focus}"},
    "boxes lead": {
        "en": "The box holds the middle half, the line in it is the median, the whiskers reach "
        "from the quickest tenth to the slowest.",
        "zh": "方框为中间一半，框内线为中位数，须线为最快与最慢的十分之一。",
    },
    "unboxed": {"en": "{n} smaller groups are not shown.", "zh": "另有 {n} 个较小的组未显示。"},
    "hours": {"en": "When declarations are submitted", "zh": "申报时间分布"},
    "hours lead": {
        "en": "Submissions by weekday and hour, {zone}; the darker, the more.",
        "zh": "按星期与小时统计的申报数，{zone}；颜色越深越多。",
    },
    "longest": {"en": "The longest, and why", "zh": "最长的报关单及原因"},
    "longest lead": {
        "en": "None is dropped as an outlier: medians and percentiles do the protecting.",
        "zh": "不剔除任何离群值：由中位数与百分位数保证稳健。",
    },
    "anomalies": {"en": "Left out of every figure", "zh": "未计入任何数字"},
    "method": {"en": "How this was worked out, and its limits", "zh": "方法与局限"},
    "table": {"en": "The same as a table", "zh": "对应数据表"},
    "as of": {"en": "as of {as_of}, {zone}", "zh": "截至 {as_of}，{zone}"},
    "hour": {"en": "hour", "zh": "时"},
}

METHOD: tuple[Words, ...] = (
    {
        "en": "{interval} runs from {start} to {end}, by the {clock} clock. A declaration belongs "
        "to the period it was {cohort} in; periods are cut at midnight in {zone}.",
        "zh": "{interval}：自 {start} 至 {end}，按{clock}计。报关单按{cohort}日期归入各期，"
        "各期以 {zone} 零点为界。",
    },
    {
        "en": "What is still open at {as_of} counts for what is known of it: that it takes longer "
        "(Kaplan and Meier). The plain mean of the closed stands beside it since many reports "
        "show only that; it looks too good while much is open.",
        "zh": "截至 {as_of} 仍未结关者按已知信息计入（Kaplan–Meier）。同时列出仅含已结关者的"
        "普通平均，未结关者多时它会显得过快。",
    },
    {
        "en": "A withdrawn or deleted declaration can never be closed. It is a competing outcome "
        "(Aalen and Johansen), neither closed nor open.",
        "zh": "撤回或删除的报关单不可能再结关，按竞争结局处理（Aalen–Johansen）。",
    },
    {
        "en": "{rmst} is the mean with every time counted up to {tau} days at most. Beyond the "
        "last observation the curve is carried flat, which the notes say.",
        "zh": "{rmst} 为每票最多计 {tau} 天的均值；超出最后观测处曲线按不变延伸，并在注中说明。",
    },
    {
        "en": "The interval of a change is a bootstrap of {rounds} rounds up to {most} "
        "declarations a side, above that a normal interval with Greenwood's variance. It covers "
        "chance, not a change of rules, seasons or cargo.",
        "zh": "变化区间：每侧不超过 {most} 票时用 {rounds} 轮自助法，否则用 Greenwood 方差的"
        "正态区间。它只涵盖偶然性，不涵盖规则、季节或货类的变化。",
    },
    {
        "en": "With the same mix means: inspected or not, direction, office, transport and trade "
        "mode as often as in the earlier period. What else differs is not adjusted for.",
        "zh": "同构成：查验与否、进出口、关区、运输方式、监管方式的比例同前期；其他差异未作调整。",
    },
    {
        "en": "Below {few} declarations no percentile, mean or change is given. Times that cannot "
        "be (an end before its beginning, a time in the future) are counted and left out.",
        "zh": "不足 {few} 票时不给出百分位数、均值与变化。不可能的时间（先终后始、时间在未来）"
        "单独计数，不计入任何数字。",
    },
    {
        "en": "Times are those that messages tell. What happens before the first submission or "
        "after closure is in none of them.",
        "zh": "时间均以报文为准；首次申报之前与结关之后的事项不在其中。",
    },
)
"""The method and its limits in plain words."""
