"""Chinese for what is said about customs systems that files describe."""

from __future__ import annotations

CHINESE = {
    # what a document is that tells no event
    "an answer to an upload, not a status of a declaration": "上传附件的回复，不是报关单的状态",
    "a message about the movement of goods, not a status of a declaration": (
        "货物移动的报文，不是报关单的状态"
    ),
    "a list of what can be asked for, not a status of a declaration": (
        "可供查询的清单，不是报关单的状态"
    ),
    "an answer that found nothing": "未查到任何结果的回复",
    "a status that does not say of which declaration": "未说明属于哪一票报关单的状态",
    "an answer about the service, not a status of a declaration": (
        "关于服务本身的回复，不是报关单的状态"
    ),
    "a message about something else than the status of a declaration": "与报关单状态无关的报文",
    "{what}: {said}": "{what}：{said}",
    "{what}: {why}": "{what}：{why}",
    # what was not read, and why
    "no path of the file leads there": "文件中没有指向该处的路径",
    "<{root}> is none of the roots of the file": "<{root}> 不是文件所列的根元素",
    "<{root}> lacks what the file wants: namespaces, or holds": (
        "<{root}> 缺少文件所要求的 namespaces 或 holds"
    ),
    "there is no customs system {name}: there are {choices}": (
        "没有海关系统 {name}：可用的有 {choices}"
    ),
    "which customs system? There are {choices}": "哪个海关系统？可用的有 {choices}",
    "is empty or not there": "为空或不存在",
    "{text!r} is not in its map": "“{text}”不在对照表中",
    "{text!r} does not match {pattern}": "“{text}”不符合 {pattern}",
    "more than {limit} texts at {path}": "{path} 处的内容多于 {limit} 项",
    "{code} is not in the table of codes": "代码表中没有 {code}",
    "{what} is {written!r}, which is not a time such as {example}": (
        "{what} 为“{written}”，不是形如 {example} 的时间"
    ),
    "{what} is {written!r}: it does not say of which zone": "{what} 为“{written}”：未说明时区",
    "{what} is {written}, which the clocks there show twice or never": (
        "{what} 为 {written}，当地钟表会出现两次或根本不出现这一时刻"
    ),
    # what is wrong with a file
    "{key}: {why}": "{key}：{why}",
    "cannot be read: {why}": "无法读取：{why}",
    "is not UTF-8 text": "不是 UTF-8 文本",
    "is not valid TOML: {why}": "不是有效的 TOML：{why}",
    "is larger than {limit} bytes": "超过 {limit} 字节",
    "name: {name} must be the name of the file, {stem}": "name：{name} 须与文件名 {stem} 相同",
    "must be a country and a word, such as ar_arca": "须为国别加名称，如 ar_arca",
    "{path}: name: {name} is built in: take another name": (
        "{path}：name：{name} 是内置系统，请另取名称"
    ),
    "{path}: only {limit} files are read, in the order of their names: {file} and what comes "
    "after it are left out": (
        "{path}：按文件名顺序只读取 {limit} 个文件，{file} 及其后的文件未读取"
    ),
    "must be a code such as EUR": "须为 EUR 一类的代码",
    "{name!r} is not in the time zone database": "时区数据库中没有“{name}”",
    "must have en, the words in English": "须有 en，即英文说法",
    "is missing: none if the code is mere information": "缺失；仅供参考的代码填 none",
    "is missing: where the code stands, or a fixed one": ("缺失，请写明代码所在或固定代码"),
    "is empty: say what a document tells": "为空，请说明报文讲了什么",
    "{name!r} is not a name such as trade_mode": ("“{name}”不是形如 trade_mode 的名称"),
    "kinds.{name}: is not a name such as entry_no": "kinds.{name}：不是形如 entry_no 的名称",
    "is missing": "缺失",
    "a value has either path or fixed": "取值须有 path 或 fixed，且只能有其一",
    "name a form of times such as iso": "请写明时间格式，如 iso",
    "{word!r} is none of {choices}": "“{word}”不在 {choices} 之中",
    "must be local names of roots, without prefix": "须为根元素名称，不带前缀",
    "{where}.kind: is missing: it has codes of its own": "{where}.kind：缺失，因其有自己的代码",
    "{where}: {kind!r} is not a kind of number: there are {choices}": (
        "{where}：“{kind}”不是号码种类，可用的有 {choices}"
    ),
    "{path}: kinds.{kind}.role: must be {role}, as in other systems, or take another name for it": (
        "{path}：kinds.{kind}.role：须与其他系统一样为 {role}，否则请另取名称"
    ),
    "{path!r} is not a path such as A/B, /A/B, ../A, A/@b": (
        "“{path}”不是形如 A/B、/A/B、../A、A/@b 的路径"
    ),
    "{path!r} leads to no elements": "“{path}”不指向任何元素",
    "no form has a time of day, such as DD/MM/YYYY hh:mm": (
        "各格式均无时刻，须形如 DD/MM/YYYY hh:mm"
    ),
    "a pattern has 1 to {limit} characters": "式样须为 1 至 {limit} 个字符",
    "{pattern!r} is no pattern: a bracket is not closed": "“{pattern}”不是式样：括号未闭合",
    "{pattern!r} is no pattern: {why}": "“{pattern}”不是式样：{why}",
    "{pattern!r} is no pattern from character {place} on: it may hold letters, sets such as [0-9], "
    ". ? * + {{18}} {{1,40}} | and round brackets that are not nested": (
        "“{pattern}”自第 {place} 个字符起不是式样：可含字母、[0-9] 一类的字符集、"
        ". ? * + {{18}} {{1,40}} | 以及不嵌套的圆括号"
    ),
    "{form!r} is not a form of times such as iso, compact or DD/MM/YYYY hh:mm:ss": (
        "“{form}”不是时间格式，格式如 iso、compact 或 DD/MM/YYYY hh:mm:ss"
    ),
}
