"""Why a message cannot be read, in Chinese."""

from __future__ import annotations

CHINESE = {
    "no message says what was declared in {number}: ingest the declaration itself "
    "(DecMessage), from the client's SentBox or from a subscription": (
        "没有 {number} 的报关单报文：请导入报关单本身（DecMessage），"
        "取自客户端的 SentBox 或订阅数据"
    ),
    "pipx inject clearance {libraries}, or {python} -m pip install {libraries}": (
        "pipx inject clearance {libraries}，或 {python} -m pip install {libraries}"
    ),
    "a form in PDF needs reportlab: {how}": "PDF 格式需要 reportlab：{how}",
    "--font is for PDF: give --format pdf too, or --output with a name in .pdf": (
        "--font 仅用于 PDF：请同时给出 --format pdf，或让 --output 的文件名以 .pdf 结尾"
    ),
    "--font {file}: cannot be read: {why}": "--font {file}：无法读取：{why}",
    "--font {file}: not a TrueType font that can be embedded ({why})": (
        "--font {file}：不是可嵌入的 TrueType 字体（{why}）"
    ),
    "form: give numbers, or --all with a folder as --output": (
        "form：请给出编号，或用 --all 并以文件夹作为 --output"
    ),
    "form --all: give a folder as --output, and pdf or html as --format": (
        "form --all：请以文件夹作为 --output，并以 pdf 或 html 作为 --format"
    ),
    "--per-page {written}: write the items on the first page and on each other one, "
    "such as 6,10": "--per-page {written}：请写作首页与后续各页的商品项数，例如 6,10",
    # files
    "cannot be opened: {why}": "无法打开：{why}",
    "cannot be opened: this link leads nowhere": "无法打开：该链接指向的目标不存在",
    "cannot be listed: {why}": "无法列出内容：{why}",
    "the file is empty": "文件为空",
    "{size} bytes: a message has at most {limit}": "共 {size} 字节：报文最多 {limit} 字节",
    # zip files
    "an Office document (xlsx, docx)": " Office 文档（xlsx、docx）",
    "the zip file is damaged or cut short ({why})": "zip 文件已损坏或不完整（{why}）",
    "a member of the zip file lies outside it": "zip 文件的成员位于文件之外",
    "the zip file's members are larger than the file itself": "zip 内文件的大小超过 zip 文件本身",
    "the zip member is damaged ({why})": "zip 内的文件已损坏（{why}）",
    "the zip member is damaged (its checksum is another)": "zip 内的文件已损坏（校验和不符）",
    "the zip member is not as long as the zip file says": "zip 内文件的长度与所载不符",
    "the zip member is encrypted: unpack it with its password": (
        "zip 内的文件已加密：请用密码解压后再读取"
    ),
    "the zip member is packed by a rare method: pack it as an ordinary zip": (
        "zip 内的文件采用少见的压缩方式：请改用普通 zip 压缩"
    ),
    "the zip member unpacks to {size} bytes from {packed}, more than {times} times: no honest "
    "message does": (
        "zip 内的文件由 {packed} 字节解压为 {size} 字节，超过 {times} 倍：正常报文不会如此"
    ),
    "it unpacks to more than {times} times its size in all": "解压后总大小超过原大小的 {times} 倍",
    # what is no XML
    "not XML: it begins with {beginning}": "不是 XML：开头为 {beginning}",
    "only zeros from place {place} on: copied whole?": ("自第 {place} 位起全为零：是否复制完整？"),
    "it ends in a character: copied whole?": "报文在一个字符中间截断：是否复制完整？",
    "the zip file was written to while it was read": "读取期间 zip 文件被改写",
    "the zip file ends in zeros: copied whole?": "zip 文件末尾全为零：是否复制完整？",
    "a part of the zip file is in no list of its members": "zip 文件有一部分不在其目录中",
    "{what}, not an XML message": "是{what}，不是 XML 报文",
    "a PDF": " PDF 文件",
    "an old Office document": "旧版 Office 文档",
    "a JPEG picture": " JPEG 图片",
    "a PNG picture": " PNG 图片",
    "JSON": " JSON 数据",
    "a RAR archive": " RAR 压缩包",
    "a 7-Zip archive": " 7-Zip 压缩包",
    "a gzip archive": " gzip 压缩包",
    "an HTML page, not a message: perhaps a saved log-in page": (
        "是 HTML 网页，不是报文：可能是保存下来的登录页面"
    ),
    # XML
    "it contains a DOCTYPE, which no customs message has": "含有 DOCTYPE，海关报文中不会有",
    "elements are nested more than {limit} deep": "元素嵌套超过 {limit} 层",
    "more than {limit} elements or attributes": "元素或属性超过 {limit} 个",
    "the message ends in the middle (line {line}, column {column}): copied whole?": (
        "报文中途截断（第 {line} 行第 {column} 列）：是否复制完整？"
    ),
    "not well-formed XML at line {line}, column {column}: {why}": (
        "XML 格式有误（第 {line} 行第 {column} 列）：{why}"
    ),
    "behind the end of the message stands {rest!r}: give it alone": (
        "报文结束之后还有“{rest}”：请只提供报文本身"
    ),
    "{name} occurs twice, with different values: {first!r} and {second!r}": (
        "{name} 出现两次且值不同：“{first}”与“{second}”"
    ),
    # encodings
    "the encoding {declared!r} is not one that is read here": "不支持编码“{declared}”",
    "the bytes are not {called}: byte {number} cannot be read": (
        "内容不是 {called} 编码：第 {number} 字节无法读取"
    ),
    "UTF-16 without a byte order mark": "无字节序标记的 UTF-16",
    "UTF-8 or {other}": "UTF-8 或 {other}",
    # envelopes, and documents that nobody reads
    "more than {limit} envelopes inside each other": "信封嵌套超过 {limit} 层",
    "the envelope <{root}> carries no Data": "信封 <{root}> 中没有 Data",
    "the {tag} of <{root}> is not base64": "<{root}> 的 {tag} 不是 base64",
    "<{root}> is no message that is known here": "<{root}> 不是已知的报文",
    "an error that a service answers: {said}": "服务返回的错误：{said}",
    "<{root}> is {what}": "<{root}> 是{what}",
    "{what}, not a status of a declaration": "{what}，不是报关单的状态回执",
    "an outgoing declaration, not a status of a declaration": "发出的报关单，不是状态通知",
    "an outgoing upload": "上传的其他报文（不是报关单）",
    "the declaration is empty": "报关单报文是空的",
    "a declaration without ClientSeqNo, SeqNo and EntryId names none": (
        "报关单报文中没有 ClientSeqNo、SeqNo 和 EntryId，无法得知是哪一票"
    ),
    "more than {count} {name}": "{name} 多于 {count} 个",
    "an answer about an agency agreement (代理报关委托)": "代理报关委托的回执",
    "an answer about a transit declaration (转关) that waits: look it up in the Single Window": (
        "转关申报的回执，待处理：请在单一窗口中查看"
    ),
    "an outgoing message about bonded goods (核注清单, 核放单)": "发出的核注清单或核放单报文",
    "a message of cross-border e-commerce (跨境电商)": "跨境电商报文",
    "an answer about bonded goods (核注清单)": "核注清单的回执",
    "a message about bonded goods (核注清单, 核放单)": "保税核注清单或核放单报文",
    "a manifest message (舱单)": "舱单报文",
    "an answer with {what}: only notifications and statuses are read": (
        "含{what}的答复：只读取通知和状态"
    ),
    "an answer without a declaration in it": "不含报关单的答复",
    "a message to customs, not a status of a declaration": "发往海关的报文，不是状态通知",
    "an envelope without a message of NCTS or AES in it": "不含 NCTS 或 AES 报文的信封",
    "a message of an earlier phase, or about safety and security: neither is read": (
        "旧版本的报文或安全申报的报文：均不读取"
    ),
    "an answer without a notification of customs in it": "不含海关通知的答复",
    "an answer given at once to what was sent, not a status of a declaration": (
        "对所发报文的即时应答，不是状态通知"
    ),
    "the present status of a declaration: only notifications are read": (
        "报关单的当前状态：只读取通知"
    ),
    "the versions of a declaration": "报关单各版本",
    "a whole declaration": "完整报关单",
    # what a message must hold
    "it does not say which declaration it is about": "未说明所属的报关单",
    "{tag} is empty: {why}": "{tag} 为空：{why}",
    "a receipt without a time is no status": "回执没有时间，不能作为状态",
    "a receipt without a code is no status": "回执没有代码，不能作为状态",
    "ResponseCode is empty: 0 would be taken, 1 refused": (
        "ResponseCode 为空：0 表示接收，1 表示退回"
    ),
    "an import receipt with neither ClientSeqNo nor SeqNo": (
        "导入回执中既无 ClientSeqNo 也无 SeqNo"
    ),
    "a client error is told by its file name, Failed_<outgoing name>.xml, and this is another": (
        "客户端错误回执只能由文件名 Failed_<发送文件名>.xml 得知所属报关单，而此文件名不是这种形式"
    ),
    "DEC_DATA holds no DEC_RESULT": "DEC_DATA 中没有 DEC_RESULT",
    "a business receipt without any number: CUS_CIQ_NO and ENTRY_ID are empty": (
        "业务回执没有任何编号：CUS_CIQ_NO 和 ENTRY_ID 均为空"
    ),
    "{tag} is {value!r}, not a number such as I20260000000000017": (
        "{tag} 为“{value}”，不是 I20260000000000017 这样的编号"
    ),
    "ENTRY_ID is {written!r}, not a number of 18 digits": (
        "ENTRY_ID 为“{written}”，不是 18 位的海关编号"
    ),
    "{kind} is longer than {limit} characters": "{kind} 超过 {limit} 个字符",
    "{what} is {written!r}: there is no such day": "{what} 为“{written}”：没有这一天",
    "there is no form of declarations of {system}: nothing can be drawn of {number}": (
        "{system} 没有报关单版式：无法绘制 {number}"
    ),
    "a body of SOAP with several messages: none is read": "SOAP 正文含多份报文：均未读取",
    "there is no such time: clocks are put forward then": "没有这个时刻：时钟此时拨快",
    "{written!r}: there are several customs systems, and it is not known by whose clock: give its "
    "offset too, as in +08:00": (
        "“{written}”：库中有多个海关系统，不知按何处时间：请写明时差，如 +08:00"
    ),
    "comes twice, as clocks are put back then: give its offset too, as in +01:00": (
        "此时时钟拨慢，该时刻出现两次：请同时注明时差，例如 +01:00"
    ),
    "{what} is {written!r}: there is no such time of day": "{what} 为“{written}”：没有这个时刻",
    "{what} is {written!r}: only years from {first} to {last} are believed": (
        "{what} 为“{written}”：只采信 {first} 至 {last} 年的时间"
    ),
    "{what} is {written!r}, which is not a date such as 20260302": (
        "{what} 为“{written}”，不是 20260302 这样的日期"
    ),
    "the envelope's CreatTime": "信封的 CreatTime",
    "IssueDateTime is empty: a notification without a time": "IssueDateTime 为空：通知没有时间",
    "a notification without a Declaration in it": "通知中没有 Declaration",
    "a notification without a number: its Declaration has neither MRN nor LRN": (
        "通知没有编号：其 Declaration 既无 MRN 也无 LRN"
    ),
    "{name} is empty: a notification without a code": "{name} 为空：通知没有代码",
    "{what} is {written!r}, which is not a time such as {example}": (
        "{what} 为“{written}”，不是 {example} 这样的时间"
    ),
    "{what} is empty: a message without a time": "{what} 为空：报文没有时间",
    "a status of a declaration without a time": "报关单状态没有时间",
    "a status of a declaration without a number": "报关单状态没有编号",
    "<{root}> has neither an MRN nor an LRN": "<{root}> 既无 MRN 也无 LRN",
}
