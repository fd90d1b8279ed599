"""The sentences of a report's page, in each language."""

from __future__ import annotations

from clearance.model import Words

TITLES: dict[str, Words] = {
    "how long": {
        "en": "how long, with what is {still}",
        "zh": "时长（含{open}者）",
    },
    "how long closed": {"en": "how long", "zh": "时长"},
    "where": {
        "en": "where the time went, of the {ended}",
        "zh": "{ended}报关单的用时构成",
    },
    "longest": {"en": "the longest", "zh": "用时最长的报关单"},
    "day only": {
        "en": "known by their day only, in no figure of times",
        "zh": "仅知申报日期，不计入用时",
    },
    "errors": {
        "en": "errors that customs recorded, beside the average of the country",
        "zh": "海关记录的差错，与全国平均比较",
    },
    "links": {"en": "the whole way of the goods, all time", "zh": "货物全程用时构成"},
    "how well": {"en": "how well", "zh": "质量指标"},
    "how well against": {
        "en": "how well, {period} against {since}",
        "zh": "质量指标，{period} 与 {since} 比较",
    },
    "withdrawals": {
        "en": "withdrawn within {tau} d, in no figure of the times",
        "zh": "{tau} 天内删单（不计入时长）",
    },
}
"""The titles of tables."""

TEXT: dict[str, Words] = {
    "asked": {"en": "{asked}: {headline}", "zh": "{asked}：{headline}"},
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
        "en": "The mean time {interval}{clock}, up to {tau} days and with what is {still}, went "
        "from {before} to {now}. The change is {ratio}, with 95 % certainty between {low} and "
        "{high}.",
        "zh": "{interval}的平均用时{clock}（每票最多计 {tau} 天，含{open}者）由 {before} 变为 "
        "{now}，变化 {ratio}，95 % 区间为 {low} 至 {high}。",
    },
    "from-to closed": {
        "en": "The mean time {interval}{clock}, up to {tau} days, went from {before} to {now}. The "
        "change is {ratio}, with 95 % certainty between {low} and {high}.",
        "zh": "{interval}的平均用时{clock}（每票最多计 {tau} 天）由 {before} 变为 {now}，"
        "变化 {ratio}，95 % 区间为 {low} 至 {high}。",
    },
    "clock": {"en": ", in {clock},", "zh": "（{clock}）"},
    "running": {
        "en": "{new} is not over: it is compared with the same part of {old}, up to {until}.",
        "zh": "{new} 期间未完，仅与 {old} 的同一部分（截至 {until}）比较。",
    },
    "withdrawn": {
        "en": "Withdrawn within {tau} days: {share}, with 95 % certainty {interval}; {old}: "
        "{before}. What is withdrawn is in none of these times.",
        "zh": "{tau} 天内删单占 {share}，95 % 区间 {interval}；{old}：{before}。"
        "删单的报关单不计入上述用时。",
    },
    "same mix": {
        "en": "With the same mix of cargo as in {old} the change would be {adjusted}.",
        "zh": "剔除货物构成变化后（与 {old} 构成相同），变化为 {adjusted}。",
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
    "how well": {
        "en": "How well it went: {period} against {since}",
        "zh": "质量指标：{period} 与 {since} 比较",
    },
    "how well lead": {
        "en": "n is how many declarations (or sendings, or alerts) a figure is of; where what it "
        "needs is known of some only, their share stands beside it. The true figure lies within "
        "the 95 % interval in 19 of 20 cases. A change is higher or lower only beyond chance, "
        "else there is a dash; that of a share is in percentage points.",
        "zh": "样本数为指标所依据的报关单（或申报、预警）数；仅部分有所需数据时，旁注其占比。"
        "真实值有 95 % 的把握落在 95 % 区间内。"
        "仅超出偶然范围的变化才标明上升或下降，否则为“—”；比例的变化以百分点计。",
    },
    "links": {"en": "The whole way of the goods", "zh": "货物全程"},
    "links lead": {
        "en": "From the arrival to gate-out (import) or departure (export), of what has both: the "
        "parts sum to the whole, by all time that passes.",
        "zh": "自抵港（运抵）至提离（进口）或离港（出口），仅含两端时间均已知者；"
        "各环节之和等于全程，按自然时间计。",
    },
    "groups": {"en": "Group by group", "zh": "分组情况"},
    "curves": {"en": "How many are still waiting, and for how long", "zh": "{open}的比例"},
    "curves lead": {
        "en": "The share that is {still} so many days after the start, of what is not withdrawn. "
        "The lower and the further left a curve, the quicker; the band is the 95 % range of the "
        "first.",
        "zh": "起算后若干天仍{open}的比例（删单除外）。曲线越低、越靠左越快；阴影为首条曲线的 95 % "
        "范围。",
    },
    "stages": {"en": "Where the time went", "zh": "时间花在哪里"},
    "stages lead": {
        "en": "Mean time in each stage, of the declarations that are {ended}, whom it waits for, "
        "and what of a clear change is its own. The parts sum to the whole.",
        "zh": "{ended}报关单在各阶段的平均时间、等待方及其对明显变化的贡献；各部分之和等于总时长。",
    },
    "declarations": {"en": "{n} declarations", "zh": "{n} 票"},
    "boxes": {"en": "Side by side: {dimension}, {focus}", "zh": "对比：{dimension}，{focus}"},
    "boxes lead": {
        "en": "The box holds the middle half, the line in it is the median, the whiskers reach "
        "from the quickest tenth to the slowest.",
        "zh": "方框为中间一半，框内线为中位数，须线为最快与最慢的十分之一。",
    },
    "boxes open": {
        "en": " What is dashed is not reached yet, and ends further right.",
        "zh": "虚线部分尚未到达，止于更右处。",
    },
    "unboxed": {"en": "{n} smaller groups are not shown.", "zh": "另有 {n} 个较小的组未显示。"},
    "hours": {"en": "When declarations are submitted", "zh": "申报时间分布"},
    "hours lead": {
        "en": "Submissions by weekday and hour, {zone}; the stronger the colour, the more.",
        "zh": "按星期与小时统计的申报数，{zone}；颜色越浓越多。",
    },
    "hours lead closed": {
        "en": "When what was closed in the periods shown had been submitted, by weekday and hour, "
        "{zone}; the stronger the colour, the more.",
        "zh": "各期内结关的报关单当初的申报时间，按星期与小时统计，{zone}；颜色越浓越多。",
    },
    "longest": {"en": "The longest, and why", "zh": "用时最长的报关单及原因"},
    "longest lead": {
        "en": "None is dropped as an outlier: medians and percentiles do the protecting.",
        "zh": "不剔除任何离群值：由中位数与百分位数保证稳健。",
    },
    "day only": {
        "en": "Known by their day only, in no figure of times",
        "zh": "仅知申报日期，不计入用时",
    },
    "anomalies": {"en": "Left out of every figure", "zh": "未计入任何数字"},
    "method": {"en": "How this was worked out, and its limits", "zh": "方法与局限"},
    "table": {"en": "The same as a table", "zh": "对应数据表"},
    "as of": {"en": "as of {as_of}, {zone}", "zh": "截至 {as_of}，{zone}"},
    "hour": {"en": "hour", "zh": "时段"},
    "scroll": {"en": "Wide tables scroll sideways.", "zh": "表格较宽时可左右滑动。"},
    "few stages": {
        "en": "Too few are {ended} for a mean.",
        "zh": "{ended}者过少，不给出平均。",
    },
    "card median": {"en": "half took less", "zh": "一半更快"},
    "card rmst": {"en": "mean, each counted up to {tau} d", "zh": "平均，每票最多计 {tau} 天"},
    "card p90": {"en": "nine in ten took less", "zh": "九成更快"},
    "card within": {"en": "{ended} so soon", "zh": "在此期间内{ended}"},
    "card declared": {"en": "declarations, up to {as_of}", "zh": "报关单票数，截至 {as_of}"},
    "card closed": {"en": "by the day of closure", "zh": "按结关日期统计"},
    "card withdrawn": {"en": "within {tau} d, in no time above", "zh": "{tau} 天内，不计入用时"},
}

METHOD: tuple[Words, ...] = (
    {
        "en": "{interval} runs {name}, in {clock}. A declaration belongs to the period it was "
        "{cohort} in; periods are cut at midnight in {zone}.",
        "zh": "用时为{name}，按{clock}计。报关单按{cohort}日期归入各期，各期以 {zone} 零点为界。",
    },
    {
        "en": "What is {still} at {as_of} counts for what is known of it: that it takes longer "
        "(Kaplan and Meier). The plain mean of the {ended} stands beside it since many reports "
        "show only that; it looks too good while much is {still}.",
        "zh": "截至 {as_of} 仍{open}者按已知信息计入（Kaplan–Meier）。同时列出仅含{ended}者的"
        "普通平均，{open}者多时它会显得过快。",
    },
    {
        "en": "A withdrawn or deleted declaration is neither {ended} nor slow. Every time is of "
        "the declarations that are not withdrawn within {tau} days: the share {ended} so soon, "
        "divided by the share not withdrawn, both by Aalen and Johansen. The withdrawn share "
        "stands beside it, with Wilson's interval, its change with Newcombe's.",
        "zh": "撤回或删除的报关单既非{ended}，也不算慢：所有用时均为 {tau} 天内未删单者的用时，即"
        "{ended}的比例除以未删单的比例，二者均按竞争结局估计（Aalen–Johansen）。删单占比单独列出，"
        "附 Wilson 区间，其变化附 Newcombe 区间。",
    },
    {
        "en": "{rmst} is the mean with every time counted up to {tau} days at most. Beyond the "
        "last observation the curve is carried flat, which the notes say.",
        "zh": "{rmst} 为每票最多计 {tau} 天的均值；超出最后观测处曲线按不变延伸，并在注中说明。",
    },
    {
        "en": "The interval of a change is a bootstrap of {rounds} rounds up to {most} "
        "declarations a side, above that a normal interval with Greenwood's variance, which is "
        "right for large samples only. It covers chance, not a change of rules, seasons or cargo.",
        "zh": "变化的区间：每侧不超过 {most} 票时由 {rounds} 次重抽样得出，否则用 Greenwood 方差的"
        "正态区间（仅适用于大样本）。它只涵盖偶然性，不涵盖规则、季节或货类的变化。",
    },
    {
        "en": "With the same mix means: inspected or not, direction, office, transport and trade "
        "mode as often as in the earlier period. What else differs is not adjusted for.",
        "zh": "剔除货物构成变化：查验与否、进出口、申报地海关、运输方式、监管方式的比例同前期；"
        "其他差异未作调整。",
    },
    {
        "en": "Below {few} declarations no percentile, mean or change is given. Impossible times "
        "(an end before its beginning, a time in the future) are counted and left out.",
        "zh": "不足 {few} 票时不给出百分位数、均值与变化。时间矛盾者（先终后始、时间在未来）"
        "单独计数，不计入任何数字。",
    },
    {
        "en": "What of a change is a stage's is given only where the change is clear, in hours of "
        "the mean that the change is told in; the parts sum to it, but for what has not ended.",
        "zh": "仅在变化明显时给出各阶段对变化的贡献，以表述变化所用的同一均值的小时数计；"
        "除尚未结束者外，各部分之和等于该变化。",
    },
    {
        "en": "A period with a star is not over; the headline compares the last two that are, "
        "where there are enough declarations.",
        "zh": "带星号的期间尚未结束；票数足够时，标题比较最近两个已结束的期间。",
    },
    {
        "en": "A figure of quality is of all that was declared in the period, by its definition in "
        "docs/reports.md; shares have Wilson's interval, their changes Newcombe's, other changes "
        "the same rule (MOVER). Of fewer than {few} only the count is given, and no figure has an "
        "official name.",
        "zh": "质量指标以期间内全部申报为准，定义见说明文档；比例附 Wilson 区间，"
        "其变化附 Newcombe 区间，其他变化用同一方法。"
        "不足 {few} 票时仅给出票数；各指标均非官方口径。",
    },
    {
        "en": "Times are those that messages tell. What happens before the first submission or "
        "after closure is in none of them.",
        "zh": "时间均以报文为准；首次申报之前与结关之后的事项不在其中。",
    },
)
"""The method and its limits in plain words."""
