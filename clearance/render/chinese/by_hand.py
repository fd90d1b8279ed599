"""What people say by hand: errors, phrases and help, in Chinese."""

from __future__ import annotations

CHINESE = {
    "{number} belongs to {count} declarations ({names}): give a number of the one that you mean, "
    "or --all": "{number} 对应 {count} 票报关单（{names}）：请给出其中一票的编号，或用 --all",
    "{name} ({own})": "{name}（{own}）",
    "{name}: there is nothing by hand to take back": "{name}：没有可撤销的人工登记",
    "{option} {written}: {at} lies ahead of {now}": "{option} {written}：{at} 晚于当前时间 {now}",
    "{option} {written}: is only a date; give the time of day too": (
        "{option} {written}：只有日期；请一并给出时刻"
    ),
    "a text of {length} characters: {limit} at most": "文字共 {length} 个字符：最多 {limit} 个",
    "{name}: was put away already: clearance reopen takes it up again": (
        "{name}：已经人工结案：可用 clearance reopen 重新办理"
    ),
    "{name}: is not put away": "{name}：并未人工结案",
    "{name}: {action} is not asked for; there is {choices}": (
        "{name}：海关未要求 {action}；待办的有 {choices}"
    ),
    "the inspection (inspection)": "查验",
    "the payment (tax)": "缴税",
    "papers to hand in (papers)": "交单",
    "more documents (documents)": "补充单证",
    "attachments to send again (attachments)": "重传文件",
    "a supplement (supplement)": "补充申报",
    "a corrected sending (return)": "退单",
    "the full declaration (full_declaration)": "完整申报",
    "{name}: nothing is asked for": "{name}：没有待办事项",
    "what was said by hand is not whole": "人工登记的内容不完整",
    "said by hand: such things are said by commands only": "人工登记的内容：只能由命令登记",
    "a board needs a terminal: clearance list writes the same elsewhere": (
        "看板需要终端：其他场合可用 clearance list 输出同样内容"
    ),
    "a text without a character that can be kept": "文字中没有可以保存的字符",
    "nothing to note: write the text behind the number": "没有备注内容：请在编号后写上文字",
    "{stages}: say one stage at a time": "{stages}：每次只登记一个状态",
    "which stage? There are {choices}": "哪个状态？可选 {choices}",
    "--at is missing: when did it happen?": "缺少 --at：何时发生的？",
    "what is done? There are {choices}": "哪一项已办？可选 {choices}",
    "--note is missing: say why, for those who miss the alerts": (
        "缺少 --note：请说明原因，以便他人了解"
    ),
    "there is no source {written}; there are {choices}": "没有数据源 {written}；现有 {choices}",
    "{written}: which office? There are {choices}": "{written}：哪个关区？有 {choices}",
    "{written}: no office is known by that; clearance codes offices lists them": (
        "{written}：没有这个关区；clearance codes offices 可列出关区"
    ),
    "--why is missing: given up, replaced by which other, history?": (
        "缺少 --why：放弃、改用哪一票，还是历史数据？"
    ),
}
HELP = {
    "Show what is open on a live screen, most urgent first; it never writes.": (
        "在屏幕上实时显示未结关的报关单，最紧急的在前；从不写入数据库。"
    ),
    "It is drawn anew when the store changes. The arrow keys choose, Enter opens a declaration, "
    "Esc goes back, q leaves.": (
        "数据库有变化时随即刷新。方向键选择，回车打开一票，Esc 返回，q 退出。"
    ),
    "Silence alerts until some time; say why with --note.": (
        "将预警静默一段时间；用 --note 说明原因。"
    ),
    "An alert must match every label given: rule, severity, declaration, direction, office, feed, "
    "id. Rules, severities, directions and offices may be called what lists call them, and a "
    "declaration by any of its numbers.": (
        "预警须符合给出的每个标签：rule（规则）、severity（级别）、declaration（报关单）、"
        "direction（进出口）、office（关区）、feed（数据源）、id（编号）。规则、级别、进出口和关区"
        "可写列表中显示的名称，报关单可写任一编号。"
    ),
    "Only say how many alerts it would silence.": "只说明将静默多少条预警，不予保存。",
    "Any number of it; several with commas between; - reads them from standard input.": (
        "任一编号；多个编号用逗号分隔；- 表示从标准输入读取。"
    ),
    "Any numbers; - reads them from standard input.": "任意编号；- 表示从标准输入读取。",
    "Every declaration that a number belongs to.": "该编号对应的每一票。",
    "Take the last of these back.": "撤销最近一次登记。",
    "Note something about a declaration for whoever looks at it next.": (
        "为报关单写备注，供同事查看。"
    ),
    "status, list and explain show it; customers and reports do not.": (
        "status、list、explain 会显示；客户和报告看不到。"
    ),
    "What is to be known of it.": "备注内容。",
    "Say what customs told by telephone: a stage, and when it was reached.": (
        "登记海关电话告知的状态及其时间。"
    ),
    "It counts until customs tells it itself, and is marked wherever it is shown. A time without "
    "an offset is in the zone of the declaration's customs system. Where customs was further "
    "already it is shown, and moves nothing.": (
        "在收到海关回执之前有效，凡显示处均注明为人工登记。未写时区的时间按该报关单海关系统的时区。"
        "若海关状态已更进一步，则只显示，不改变状态。"
    ),
    "What customs told: released, inspection, 放行, 查验, …": (
        "海关告知的状态：放行、查验、released、inspection 等。"
    ),
    "When it happened, or so long ago; not ahead.": "何时发生，或多久以前；不能晚于现在。",
    "What was said; kept with it.": "说明，一并保存。",
    "Say that something which customs asks for is done: it is outstanding no longer.": (
        "登记海关要求的事项已办：不再列为待办。"
    ),
    "Customs sends no word of that. If it asks again later, it is outstanding again.": (
        "海关不会就此发送回执。此后海关再次要求的，重新列为待办。"
    ),
    "What is done: inspection, tax, papers, documents, attachments, supplement, return, "
    "full_declaration; or 查验, 缴税, …": (
        "已办事项：查验、缴税、交单、补充单证、重传文件、补充申报、退单、完整申报，或其英文名称。"
    ),
    "When; by default now.": "何时；默认为现在。",
    "Kept with it.": "一并保存。",
    "Put away what will never close: it is listed no longer, and its alerts end.": (
        "将不会再结关的报关单人工结案：不再列出，其预警随之解除。"
    ),
    "Until it is reopened, or customs says something new of it. Reports do not count it as "
    "closed.": "直到重新办理，或海关有新的回执。报告不将其计为已结关。",
    "Given up, replaced by which other, history: kept too.": (
        "放弃、改用哪一票、历史数据：一并保存。"
    ),
    "Take up again what was put away with close.": "将用 close 人工结案的报关单重新办理。",
}
