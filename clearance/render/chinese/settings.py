"""What is wrong in the settings file, in Chinese."""

from __future__ import annotations

CHINESE = {
    "{path} cannot be read: {why}": "无法读取 {path}：{why}",
    "{path} is not UTF-8 text": "{path} 不是 UTF-8 文本",
    "{path} is not valid TOML: {why}": "{path} 不是有效的 TOML：{why}",
    "{path}: {why}": "{path}：{why}",
    "{place}: {why}": "{place}：{why}",
    "{key}: {written!r} is no day such as 2026-09-30": (
        "{key}：“{written}”不是 2026-09-30 这样的日期"
    ),
    "{where}.{why}": "{where}.{why}",
    "{why}": "{why}",
    "{where}: must be a table of settings": "{where}：应为一组设置",
    "{key} is not a setting that is known": "{key} 不是已知的设置项",
    "{key} is {value!r}: choose {choices}": "{key} 为 {value!r}：可选：{choices}",
    "{key}: is empty: give a value, or leave it out": "{key}：为空：请填写，或去掉此项",
    # what reports measure against
    "targets.{name}: there is no such interval; there are {choices}": (
        "targets.{name}：没有这个时段；可选：{choices}"
    ),
    '{key} is {value!r}: it must be a time such as "24h", "3d" or "90min"': (
        '{key} 为 {value!r}：应为时长，如 "24h"、"3d" 或 "90min"'
    ),
    "costs.demurrage.tiers: each tier but the last needs its days, one at least": (
        "costs.demurrage.tiers：除最后一档外，每档都要写明天数（days），至少 1 天"
    ),
    "error_rate.average.{period}: not a period such as 2026Q3": (
        "error_rate.average.{period}：不是期间，应如 2026Q3"
    ),
    # calendars
    "there is no official calendar for {year}: name a file that has it in calendar.files": (
        "缺少 {year} 年的官方放假日历：请在 calendar.files 中指定含该年的文件"
    ),
    "{section}.{system} is [{section}] itself: leave one of them out": (
        "{section}.{system} 就是 [{section}]：请只保留其一"
    ),
    "{where}.hours is {written!r}: it must be hours such as {example}": (
        "{where}.hours 为“{written}”：应为 {example} 这样的时段"
    ),
    "{where}.files: {file} cannot be read: {why}": "{where}.files：无法读取 {file}：{why}",
    "{where}.files: {file} is not valid TOML: {why}": (
        "{where}.files：{file} 不是有效的 TOML：{why}"
    ),
    "{where}.files: {file}: {why}": "{where}.files：{file}：{why}",
    "[{name}] is not a year such as [2027]": "[{name}] 不是 [2027] 这样的年份",
    "[{name}] must hold source, rest and work, and nothing else": (
        "[{name}] 应有且仅有 source、rest 和 work"
    ),
    "{name}.source must name the notice that the days were taken from": (
        "{name}.source 应写明日期所依据的放假通知"
    ),
    "{name}: {day} cannot be both a day off and a make-up day": (
        "{name}：{day} 不能既是休息日又是调休上班日"
    ),
    "{name}.{key}: {written!r} names no days of that year, such as 10-08 or 05-01..05-05": (
        "{name}.{key}：“{written}”不是该年的日期，应如 10-08 或 05-01..05-05"
    ),
    '{name}.{key} must be a list of days of that year, such as ["05-01..05-05", "10-08"]': (
        '{name}.{key} 应为当年日期的列表，例如 ["05-01..05-05", "10-08"]'
    ),
    # rules
    "rules.{name}: there is no such rule; there are {choices}": (
        "rules.{name}：没有这条规则；可选：{choices}"
    ),
    "rules.{name} is {value!r}: it must be a table of settings": (
        "rules.{name} 为 {value!r}：应为一组设置"
    ),
    "rules.{rule}.{key}: there is no such setting; there are {choices}": (
        "rules.{rule}.{key}：没有这个设置项；可选：{choices}"
    ),
    "rules.{rule}.{key} is {value!r}: it must be {expected}": (
        "rules.{rule}.{key} 为 {value!r}：应为{expected}"
    ),
    "true or false": " true 或 false",
    'a date such as "2024-12-01"': ' "2024-12-01" 这样的日期',
    "a text": "文本",
    "a number over 0, {limit} at most": "大于 0 且不超过 {limit} 的数字",
    "whole months, {limit} at most": "不超过 {limit} 的整月数",
    # times of day
    "{written!r} is not a span of the day such as 00:00-05:00": (
        "“{written}”不是 00:00-05:00 这样的时段"
    ),
    "{written!r} is not a time of day such as 08:30": "“{written}”不是 08:30 这样的时刻",
    "{written!r}: leaves no time of the day": "“{written}”：占满了全天",
    # channels and sources
    "{key}: {why}": "{key}：{why}",
    "match.{key}: is empty: leave it out, or say what fits": (
        "match.{key}：为空：请去掉该项，或写明接收的值"
    ),
    "match.{key}: there is no {written}; there are {choices}": (
        "match.{key}：没有“{written}”；可选：{choices}"
    ),
    "mention: {written!r} is not such as {example}": (
        "mention：“{written}”不是 {example} 这样的写法"
    ),
    "repeat: {written!r} is neither a span such as 4h nor false": (
        "repeat：“{written}”既不是 4h 这样的时长，也不是 false"
    ),
    "kind {kind!r}: choose one of {choices}": "kind“{kind}”：可选：{choices}",
    "kind is missing: choose {choices}": "kind：缺少此项：可选：{choices}",
    "kind is {kind!r}: choose {choices}": "kind 为“{kind}”：可选：{choices}",
    "{path}: {key}: holds the character U+0000": "{path}：{key}：含有字符 U+0000",
    "{name} {written!r}: not an address such as desk@example.com": (
        "{name} “{written}”：不是 desk@example.com 这样的邮箱地址"
    ),
    "host {host!r}: not the name of a mail server": "host “{host}”：不是邮件服务器的名称",
    "user and password go together": "user 和 password 须同时设置",
    "{secrets}: not a secret such as whsec_ and base64": "{secrets}：不是 whsec_ 加 base64 的密钥",
    "sources.{name}: {why}": "sources.{name}：{why}",
    "{place} cannot be read: {why}": "无法读取 {place}：{why}",
    "{first}; {second}": "{first}；{second}",
    # secrets
    "must say where the secret is, env:NAME or file:PATH, not the secret itself": (
        "应写明密钥存放在何处，即 env:变量名 或 file:路径，而不是密钥本身"
    ),
    "{secret}: the variable is not set": "{secret}：未设置该环境变量",
    "{secret}: cannot be read: {why}": "{secret}：无法读取：{why}",
    "{secret}: the file is empty": "{secret}：文件为空",
    "{secret}: not an address such as https://host/path": (
        "{secret}：不是 https://host/path 这样的地址"
    ),
    "it is not UTF-8 text": "不是 UTF-8 文本",
    # code tables
    "{where}.{name} is not a table of codes: there are {choices}": (
        "{where}.{name}：没有这个代码表；可选：{choices}"
    ),
    "{key}: must be the path of a CSV file": "{key}：应为 CSV 文件的路径",
    "{key}: {file} cannot be read: {why}": "{key}：无法读取 {file}：{why}",
    "{key}: {file}: {why}": "{key}：{file}：{why}",
    "line {line}: {why}": "第 {line} 行：{why}",
    "{one}; {more}": "{one}；{more}",
    "{count} more lines": "另有 {count} 行",
    "line {line}: {heading!r} is not a column, or not the only one: there are "
    "code, zh, en, old or 代码, 中文, 英文, 旧代码, each once": (
        "第 {line} 行：“{heading}”不是可用的列，或重复出现：可用的列为 "
        "代码、中文、英文、旧代码（或 code、zh、en、old），每列一次"
    ),
    "line {line}: must name the columns: code, zh, en or 代码, 中文, 英文": (
        "第 {line} 行：应为表头：代码、中文、英文（或 code、zh、en）"
    ),
    "{code!r} is not a code such as {example}": "“{code}”不是 {example} 这样的代码",
    "{code} has no name: give it one in Chinese or English": (
        "{code} 没有名称：请填写中文或英文名称"
    ),
    "{code} stands on line {earlier} already: leave one of them out": (
        "{code} 在第 {earlier} 行已有：请只保留其一"
    ),
    "{cell!r} stands under no heading": "“{cell}”没有对应的表头",
}
