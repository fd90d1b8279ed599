"""Where figures come from, and what is proven of them, in Chinese."""

from __future__ import annotations

CHINESE = {
    "--verify {file}: cannot be read: {why}": "--verify {file}：无法读取：{why}",
    "--verify {file}: is no JSON: {why}": "--verify {file}：不是 JSON：{why}",
    "--verify {file}: is no report in JSON that this version knows: save one with clearance "
    "report --output FILE.json": (
        "--verify {file}：不是本版本认识的 JSON 报告：请用 clearance report --output FILE.json 保存"
    ),
    "--verify {file}: {why}": "--verify {file}：{why}",
    "--verify is no page of HTML: choose table, json, jsonl, csv, xlsx": (
        "--verify 不能输出为 HTML 页面：可选：table、json、jsonl、csv、xlsx"
    ),
    "--trace is no page of HTML: choose table, json, jsonl, csv, xlsx": (
        "--trace 不能输出为 HTML 页面：可选：table、json、jsonl、csv、xlsx"
    ),
    "--trace {written}: the report has no row {row}; it has {choices}": (
        "--trace {written}：报告中没有 {row} 这一行；有：{choices}"
    ),
    "--trace {written}: give ROW.FIGURE, such as {example}; the figures are {choices}": (
        "--trace {written}：请写成“行.指标”，如 {example}；指标有：{choices}"
    ),
}
