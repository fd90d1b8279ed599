"""Where figures come from, and what is proven of them, in Chinese."""

from __future__ import annotations

CHINESE = {
    "--evidence {file}: give a file that ends in .zip": (
        "--evidence {file}：请给出以 .zip 结尾的文件"
    ),
    "--evidence is no page of HTML: choose table, json, jsonl, csv, xlsx": (
        "--evidence 不能输出为 HTML 页面：可选：table、json、jsonl、csv、xlsx"
    ),
    "--digests is for --evidence: name the archive to write": (
        "--digests 用于 --evidence：请指定要写出的档案"
    ),
    "--evidence: {count} messages of {size} bytes are too many for one archive: choose a shorter "
    "period, or --digests": (
        "--evidence：{count} 份报文（{size} 字节）超出一份档案的容量：请缩短期间，或用 --digests"
    ),
    "{what} needs more libraries: {how}": "{what} 需要安装其他程序库：{how}",
    "evidence.key: not a private key for Ed25519 in PEM without a password": (
        "evidence.key：不是无密码的 PEM 格式 Ed25519 私钥"
    ),
    "{file}: {count} of {compared} figures are not what the messages say": (
        "{file}：{compared} 项数字中有 {count} 项与报文不符"
    ),
    "evidence.timestamp: no time stamp came: {why}": "evidence.timestamp：未取得时间戳：{why}",
    "evidence.timestamp: the time stamp that came is for something else": (
        "evidence.timestamp：取得的时间戳不是本档案的"
    ),
    "{key}: not an address such as https://host/path": ("{key}：不是 https://host/path 这样的地址"),
    "--verify {file}: cannot be read: {why}": "--verify {file}：无法读取：{why}",
    "--verify {file}: is no JSON: {why}": "--verify {file}：不是 JSON：{why}",
    "--verify {file}: says {names} twice in one place": ("--verify {file}：同一处重复出现 {names}"),
    "--verify {file}: is no report in JSON that this version knows: save one with clearance "
    "report --output FILE.json": (
        "--verify {file}：不是本版本认识的 JSON 报告：请用 clearance report --output FILE.json 保存"
    ),
    "--verify {file}: is evidence, which the {name} inside of it checks: take it out, and run "
    "python {name} {file}": (
        "--verify {file}：是证据档案，由其中的 {name} 校验：请取出后运行 python {name} {file}"
    ),
    "--verify {file}: {why}": "--verify {file}：{why}",
    "--trace {written}: the report has no row {row}; it has {choices}": (
        "--trace {written}：报告中没有 {row} 这一行；有：{choices}"
    ),
    "--trace {written}: give NAME.FIGURE, such as {example}; the figures are {choices}": (
        "--trace {written}：请写成“名称.指标”，如 {example}；指标有：{choices}"
    ),
    "--trace {written}: give ROW.FIGURE, such as {example}; of the {count} figures, which "
    "clearance report --format json shows, the closest are {choices}": (
        "--trace {written}：请写成“行.指标”，如 {example}；共 {count} 项指标"
        "（见 clearance report --format json），最接近的有：{choices}"
    ),
}
