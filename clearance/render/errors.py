"""Errors and phrases in words: their English templates, each with its Chinese one."""

from __future__ import annotations

from clearance.errors import Phrase
from clearance.model import in_language
from clearance.render.chinese import (
    by_hand,
    customers,
    doctor,
    evidence,
    foreign,
    lookups,
    messages,
    settings,
    sources,
    stores,
    systems,
)
from clearance.render.words import Bilingual

CHINESE = {
    **customers.CHINESE,
    **by_hand.CHINESE,
    **doctor.CHINESE,
    **evidence.CHINESE,
    **lookups.CHINESE,
    **messages.CHINESE,
    **settings.CHINESE,
    **sources.CHINESE,
    **stores.CHINESE,
    **systems.CHINESE,
    "interrupted; what was committed is kept": "已中断；已提交的内容均已保存",
    # watching
    "--output: it writes as it goes; send its standard output to a file": (
        "--output：此命令边运行边输出；请将标准输出重定向到文件"
    ),
    "nothing to follow: give a folder, or set a [sources.NAME]": (
        "没有可跟踪的：请给出文件夹，或在设置中加入 [sources.名称]"
    ),
    "{folder}: is a file; give a folder, or ingest it": (
        "{folder}：是文件；请给出文件夹，或用 ingest 读取"
    ),
    "--client: {name} was not found in {folders}: give the folders": (
        "--client：在 {folders} 中未找到 {name}：请给出文件夹"
    ),
    "{name} was not found in {folders}: give the folders to clearance watch": (
        "在 {folders} 中未找到 {name}：请将文件夹告诉 clearance watch"
    ),
    "{count} sources were added to {file}": "已将 {count} 个数据源写入 {file}",
    "{folder}: is not there: it is waited for": "{folder}：目前不存在，等待其出现",
    "{folder}: is there now": "{folder}：现已存在",
    "{folder}: gives no notifications, and is looked through instead: {why}": (
        "{folder}：没有系统通知，改为定时查看：{why}"
    ),
    "{file} holds what the store does not, and looks as it did when it was read: "
    "clearance ingest --reread {folder}": (
        "{file} 中有数据库未存的内容，而文件看似自读取后未变：clearance ingest --reread {folder}"
    ),
    # options
    "{why} (see {help})": "{why}（见 {help}）",
    "{what} {written}: choose zh or en": "{what} {written}：可选：zh、en",
    "{option}: what follows it is empty; give a value, or leave the option out": (
        "{option}：其后为空；请给出一个值，或去掉该选项"
    ),
    "{option} {output}: is a folder; give a file": "{option} {output}：是文件夹；请给出文件名",
    "standard output cannot be written: {why}": "无法写入标准输出：{why}",
    "{option} {output}: cannot be written: {why}": "{option} {output}：无法写入：{why}",
    "{option} {written}: {why}": "{option} {written}：{why}",
    "{written!r}: {why}": "“{written}”：{why}",
    "there is no such day": "没有这一天",
    "there is no such time of day": "没有这个时刻",
    "only years from {first} to {last} are believed": "只采信 {first} 至 {last} 年",
    "{option} {written}: not a time such as {examples}": (
        "{option} {written}：不是 {examples} 这样的时间"
    ),
    # checks
    "the heartbeat could not be sent: {why}": "心跳信号未能发送：{why}",
    "it answers HTTP {status}": "对方答复 HTTP {status}",
    "it answers something else": "对方答复的不是所需内容",
    "no answer within {seconds:g} s": "{seconds:g} 秒内没有答复",
    "its certificate cannot be trusted": "其证书不可信",
    "not an address that can be sent to": "不是可以发送的地址",
    "the connection broke": "连接中断",
    "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read": (
        "无法读取 SSL_CERT_FILE 或 SSL_CERT_DIR 所指的证书"
    ),
    "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be used": (
        "HTTPS_PROXY、HTTP_PROXY 或 ALL_PROXY 所指的代理无法使用"
    ),
    "nothing was looked at: the store holds no messages": "未检查任何内容：数据库中没有报文",
    "another check is delivering: try again when it is done": "另一检查正在发送：请稍后重试",
    "{count} of {all} alerts are older than a week: clearance check --baseline takes what is there "
    "as told, and from then on only what happens is": (
        "{all} 条预警中有 {count} 条早于一周：clearance check --baseline "
        "将现有预警视为已通知，此后只通知新发生的"
    ),
    "{count} alerts would be taken as told": "将有 {count} 条预警视为已通知",
    "{count} alerts are taken as told: from now on only what happens is told": (
        "{count} 条预警视为已通知：此后只通知新发生的"
    ),
    "--fail-on {fail_on}: choose warning or critical": (
        "--fail-on {fail_on}：可选：warning、critical"
    ),
    "--store memory: is gone when the command ends: name one that stays": (
        "--store memory: 在命令结束后即消失：请指定会保留的数据库"
    ),
    "the store's URL holds a password: leave it out and set CLEARANCE_STORE_PASSWORD to "
    "file:PATH where the job runs": (
        "数据库的 URL 中含有密码：请去掉密码，并在任务运行处将 CLEARANCE_STORE_PASSWORD "
        "设为 file:路径"
    ),
    "{word!r}: cannot be written into a scheduler's line": "“{word}”：无法写入计划任务",
    "--keep {keep}: give a folder that is new or empty": "--keep {keep}：请给出新的或空的文件夹",
    "--sort {order}: choose {choices}": "--sort {order}：可选：{choices}",
    "--every {every}: choose {choices}": "--every {every}：可选：{choices}",
    "--clock {clock}: choose {choices}": "--clock {clock}：可选：{choices}",
    "--by {name}: there is no such dimension; there are {choices}": (
        "--by {name}：没有这个分组；可选：{choices}"
    ),
    "--{option} {written}: choose {choices}": "--{option} {written}：可选：{choices}",
    "--scorecard {whose}: choose {choices}": "--scorecard {whose}：请选择 {choices}",
    "--{name} does not apply to --{mode}: leave one of them out": (
        "--{name} 不适用于 --{mode}：请只保留其一"
    ),
    "{what} {chosen} is not written here: choose {choices}": (
        "{what} {chosen}：此命令不支持；可选：{choices}"
    ),
    "--spreadsheet is for CSV: give --format csv too, or --output with a name that ends in .csv": (
        "--spreadsheet 只用于 CSV：请同时给出 --format csv，或用 --output 写入以 .csv 结尾的文件"
    ),
    "the ending of {file}:": "{file} 的扩展名",
    "--events {file}: the name must end in one of {choices}": (
        "--events {file}：文件名须以下列之一结尾：{choices}"
    ),
    # files to read
    "refused: {name}: {why}": "拒收：{name}：{why}",
    "still refused: {name}: {why}": "仍拒收：{name}：{why}",
    "passed over: {names}: {why}": "略过：{names}：{why}",
    "{count} more": "另有 {count} 个",
    "read, but not moved into {archive}: {why}: {names}": (
        "已读取，但未能移入 {archive}：{why}：{names}"
    ),
    "{why}; {advice}": "{why}；{advice}",
    "do this: have it copied or sent again": "请办理：重新复制或请对方重发",
    "nothing to do": "无需处理",
    "nothing to do: no customs message is so": "无需处理：海关报文不会如此",
    "a later version may read it": "以后的版本或可读取",
    "do this: copy or pack it again": "请办理：重新复制或重新打包",
    "do this: have it sent again with its right time": "请办理：更正时间后重新发送",
    "do this: put right the link, or remove it": "请办理：修正或删除该链接",
    "do this: let this user read it": "请办理：授予当前用户读取权限",
    "do this: log in, and save the message itself": "请办理：登录后保存报文本身",
    "do this: put the message itself here, as XML or in a zip file": (
        "请办理：放入报文本身（XML 或 zip 文件）"
    ),
    "do this: have it sent again in the encoding that it declares": (
        "请办理：请对方按所声明的编码重发"
    ),
    "do this: read it under its own name, or have it sent with its number": (
        "请办理：以其原文件名读取，或请对方补上编号重发"
    ),
    "do this: put right what it says, and ask again": "请办理：按其所述更正后重新查询",
    "no customs message is a file such as *.{end}": "海关报文不会是 *.{end} 文件",
    "which refused messages? Give their ids, or --all": "哪些拒收报文？请给出编号，或使用 --all",
    "not text in UTF-8: {written}": "不是 UTF-8 文字：{written}",
    "--archive {archive}: {read} lies there and would be moved again and again; "
    "give a folder that is not read": (
        "--archive {archive}：{read} 位于其中，会被反复移动；请给出不被读取的文件夹"
    ),
    "{count} files": "{count} 个文件",
    "nothing to read: give a path, or set a [sources.NAME]": (
        "没有可读取的内容：请给出路径，或设置 [sources.名称]"
    ),
    "an empty path: give a file, a folder, a zip file, or -": (
        "路径为空：请给出文件、文件夹、zip 文件或 -"
    ),
    "{argument} is a pipe or a device: give - and send it to standard input": (
        "{argument} 是管道或设备：请改用 -，由标准输入传入"
    ),
    "there is nothing to try: give a file, a folder, a zip file, or -": (
        "没有可试读的内容：请给出文件、文件夹、zip 文件或 -"
    ),
    "{argument} does not exist: give a file, a folder, a zip file, or -": (
        "{argument} 不存在：请给出文件、文件夹、zip 文件或 -"
    ),
    "--archive is for --trace: name the figure to trace": (
        "--archive 只用于 --trace：请给出要追溯的指标"
    ),
    "{path}: that home directory is not known": "{path}：没有该用户的主目录",
    "--archive {archive}: there is no such folder": "--archive {archive}：没有该文件夹",
    "--archive {archive}: is no folder; give a folder": (
        "--archive {archive}：不是文件夹；请给出文件夹"
    ),
    # periods and zones
    "{written!r} is not a period such as 2026Q3, 2026, 2026-03, last-quarter or 2026Q1..2026Q4": (
        "“{written}”不是 2026Q3、2026、2026-03、last-quarter 或 2026Q1..2026Q4 这样的期间"
    ),
    "the period {written!r} ends before it begins": "期间“{written}”的结束早于开始",
    "{written!r} is not made of whole {unit}s": "“{written}”不是由完整的{unit}组成",
    "there is no {name} {number}: they run from 1 to {last}": (
        "没有第 {number} 个{name}：应为 1 至 {last}"
    ),
    "year": "年",
    "quarter": "季度",
    "month": "月",
    "{year} is not a year between 1900 and 9998": "{year} 不是 1900 至 9998 之间的年份",
    "{named_by} {name}: not a time zone such as Asia/Shanghai": (
        "{named_by} {name}：不是 Asia/Shanghai 这样的时区"
    ),
    # numbers and ids
    "no refused message has an id that begins with {id}: see clearance refused": (
        "没有编号以 {id} 开头的拒收报文：请查看 clearance refused"
    ),
    "{count} refused messages have an id that begins with {id}: see clearance refused": (
        "有 {count} 条拒收报文的编号以 {id} 开头：请查看 clearance refused"
    ),
    "no alert has an id that begins with {id!r}: see clearance alerts list --all": (
        "没有编号以“{id}”开头的预警：请查看 clearance alerts list --all"
    ),
    "{id!r}: give at least {least} characters of an id": "“{id}”：编号至少写 {least} 位",
    "{count} ids begin with {id!r}: give more of it": "有 {count} 个编号以“{id}”开头：请多写几位",
    # codes
    "{name} is not a table of codes: there are {choices}": (
        "{name}：没有这个代码表；可选：{choices}"
    ),
    "{name} is not a table of codes, and no table of {system} has such a code or name: there are "
    "{choices}": (
        "{name}：没有这个代码表，{system} 的各代码表中也没有这个代码或名称；代码表有：{choices}"
    ),
    "the table {name} of {system} has no code and no name {wanted!r}": (
        "{system} 的代码表 {name} 中没有代码或名称“{wanted}”"
    ),
    "the table {name} of {system} is empty: name a CSV file of your own in codes.{own}": (
        "{system} 的代码表 {name} 为空：请在 codes.{own} 中指定您自己的 CSV 文件"
    ),
    "--system {name}: choose {choices}": "--system {name}：可选：{choices}",
    # alerts
    "alert {id} is over: there is nothing to acknowledge": "预警 {id} 已解除：无需确认",
    "alert {id} is not acknowledged": "预警 {id} 未被确认",
    "no alert about {target} is open": "{target} 没有未解除的预警",
    "there is no rule {written}; there are {choices}": "没有规则 {written}；可用的规则：{choices}",
    "{written}: choose {choices}": "{written}：可选：{choices}",
    "--match {word}: write key=value, each key once; keys are {choices}": (
        "--match {word}：请写作 键=值，每个键只写一次；可用的键：{choices}"
    ),
    "--match is missing: a silence must say what it silences": "缺少 --match：请指明要静默的预警",
    "--until {until}: must lie after {now}, by {days} days at most": (
        "--until {until}：须晚于 {now}，且不超过 {days} 天"
    ),
    # plans
    "no plan is known for {number!r}: set one with clearance plan set": (
        "没有“{number}”的计划信息：请用 clearance plan set 设置"
    ),
    "no fact is given: add an option such as --cutoff, see --help": (
        "未给出任何事项：请加上 --cutoff 等选项，见 --help"
    ),
    "--clear {fact}: there is no such fact; there are {choices}": (
        "--clear {fact}：没有这个事项；可选：{choices}"
    ),
    "--{name}: {why}": "--{name}：{why}",
    "{heading}: {why}": "{heading}：{why}",
    "{file} is there already and may be filled in: name another": (
        "{file} 已存在，可能已有填写内容：请换一个文件名"
    ),
    "{written} is only a date: give a time such as {written}T17:00": (
        "{written} 只有日期：请给出时间，例如 {written}T17:00"
    ),
    "{written} has a time of day: give a date such as 2026-03-02": (
        "{written} 带有时刻：请给出日期，例如 2026-03-02"
    ),
    "{written!r} is not a time such as 2026-03-02T08:00 or 2026-03-02T08:00+08:00": (
        "“{written}”不是 2026-03-02T08:00 或 2026-03-02T08:00+08:00 这样的时间"
    ),
    "{written!r} is not an amount such as 125000.00": "“{written}”不是 125000.00 这样的金额",
    "{written!r} is neither yes nor no": "“{written}”既不是“是”也不是“否”",
    "{written!r} is not a direction: import, export or transit": (
        "“{written}”不是进出口方向：进口、出口或转关"
    ),
    "{written!r} is not an HS code of 2 to 10 digits such as 8504401990": (
        "“{written}”不是 8504401990 这样的 2 至 10 位商品编号"
    ),
    "{written!r} is not a trade mode of four digits such as 0110": (
        "“{written}”不是 0110 这样的四位监管方式代码"
    ),
    "a text of {length} characters: {limit} at most": "文本有 {length} 个字符：最多 {limit} 个",
    # sheets of plans
    "row {number}: {why}": "第 {number} 行：{why}",
    "column {heading} is not known and ignored": "列“{heading}”无法识别，已忽略",
    "{file}: {why}": "{file}：{why}",
    "{file} cannot be read: {why}": "无法读取 {file}：{why}",
    "{file}: give a file that ends in .csv or .xlsx": "{file}：请给出 .csv 或 .xlsx 文件",
    "there are zeros between its letters: save it as UTF-8": "文字之间有零字节：请另存为 UTF-8",
    "neither UTF-8, GBK nor UTF-16 text": "不是 UTF-8、GBK 或 UTF-16 文本",
    "line {line} is not CSV: {why}": "第 {line} 行不是 CSV：{why}",
    "not a workbook that can be read: {why}": "不是可读取的工作簿：{why}",
    "it is cut off, or no workbook at all": "文件不完整，或根本不是工作簿",
    "it is damaged inside": "文件内部已损坏",
    "a workbook with a password, or of an old Excel (.xls): save it as .xlsx without one": (
        "工作簿设有密码，或为旧版 Excel（.xls）：请另存为不带密码的 .xlsx"
    ),
    "not a workbook such as Excel writes, .xlsx": "不是 Excel 所写的 .xlsx 工作簿",
    "no column of references: name one reference, 报关单号, 企业内部编号 or bill no": (
        "没有编号列：请将一列命名为 报关单号、企业内部编号、提运单号 或 reference"
    ),
    "no column of facts: there are {choices}": "没有事项列：可用 {choices}",
    "two columns say {fact}: leave one of them out": "有两列都是 {fact}：请只保留其一",
    "{cells} cells under {headings} headings": "{headings} 个表头下有 {cells} 个单元格",
    "no reference: it is not known which declaration the row is about": (
        "没有编号：无法得知该行属于哪票报关单"
    ),
    "{heading}: {written} has lost digits: make the column text": (
        "{heading}：{written} 已丢失数位：请将该列设为文本格式"
    ),
}
"""Chinese templates by English template, with the same values in braces."""


def in_chinese(said: Phrase) -> str:
    """An error or a phrase in Chinese, or in English where its template has no Chinese one."""
    template = CHINESE.get(said.template)
    return str(said) if template is None else said.filled(_closed(template, said), _named)


def _closed(template: str, said: Phrase) -> str:
    """A template without the blank behind words of ours that end in a wide bracket."""
    for name, value in said.values.items():
        if isinstance(value, Phrase | Bilingual) and str(_in_chinese(value)).endswith("）"):
            template = template.replace(f"{{{name}}} ", f"{{{name}}}")
    return template


def _named(name: str, value: object) -> object:
    """A value of a phrase by its name: a reason, its ``why``, may be a text that others say."""
    if name == "why" and isinstance(value, str) and not isinstance(value, Bilingual):
        return foreign.in_chinese(value)
    return _in_chinese(value)


def _in_chinese(value: object) -> object:
    """A value of a phrase: phrases in Chinese, lists with its comma, and what others raise.

    A mere text stays as it is: it is what a person wrote, or a name.
    """
    if isinstance(value, Bilingual):
        return in_language(value.words, "zh")
    if isinstance(value, Phrase):
        return in_chinese(value)
    if isinstance(value, list | tuple):
        return "、".join(map(str, map(_in_chinese, value)))
    if isinstance(value, OSError):
        return foreign.in_chinese(value.strerror or str(value) or type(value).__name__)
    if isinstance(value, Exception):
        return foreign.in_chinese(str(value))
    return value
