"""What is said of customers, their notices and pages, in Chinese; and the commands' help."""

from __future__ import annotations

CHINESE = {
    # settings
    "name: is empty: give what the customer is called": "name：为空：请写明客户名称",
    "contact: {length} characters, {limit} at most": "contact：共 {length} 个字符，最多 {limit} 个",
    "{key}: {name!r}: choose {choices}": "{key}：“{name}”：可选：{choices}",
    "{key}: {why}": "{key}：{why}",
    "reference: {pattern!r} fits every reference: begin it as in AC-*": (
        "reference：“{pattern}”符合所有编号：请写明开头，如 AC-*"
    ),
    "customers.{name}.to: there is no channel {channel}: there are {choices}": (
        "customers.{name}.to：没有通道 {channel}：现有 {choices}"
    ),
    "customers.{name}.to: {channel} is where {other} is told: each customer needs a channel of "
    "its own": "customers.{name}.to：{channel} 已用于通知 {other}：每个客户须有自己的通道",
    "texts.{name} is no text of a notice: there are {choices}": (
        "texts.{name} 不是通知中的文字：可用 {choices}"
    ),
    "texts.{name}: {length} characters, {limit} at most": (
        "texts.{name}：共 {length} 个字符，最多 {limit} 个"
    ),
    "texts.{name}: {{{field}}} is no field: there are {choices}": (
        "texts.{name}：{{{field}}} 不是可用的字段：可用 {choices}"
    ),
    "texts.{name}: write fields as {{reference}}, and a brace as {{{{ or }}}}": (
        "texts.{name}：字段写作 {{reference}}，花括号写作 {{{{ 或 }}}}"
    ),
    # notices
    "no customer is set: write a [customers.NAME] into the settings": (
        "没有设置客户：请在设置中加入 [customers.名称]"
    ),
    "there is no customer {name}: choose {choices}": "没有客户 {name}：可选：{choices}",
    "there is no customer {name} in the settings any more": "设置中已没有客户 {name}",
    "no notice has an id that begins with {id!r}: see clearance notices list --all": (
        "没有编号以“{id}”开头的通知：见 clearance notices list --all"
    ),
    "notice {id} does not wait for anybody to approve it": "通知 {id} 不需要批准",
    # pages
    "share: give a number and --output FILE.html, or --customer NAME and --output FOLDER": (
        "share：请给出编号和 --output 文件.html，或 --customer 名称 和 --output 文件夹"
    ),
    "--output {file}: give a file that ends in .html": "--output {file}：请给出以 .html 结尾的文件",
    "--output {folder}: is a file; give a folder": "--output {folder}：是文件；请给出文件夹",
    "{number} is of several declarations, and not surely of one customer: give the number of "
    "one declaration": "{number} 对应多票报关单，不能确定属于同一客户：请给出其中一票的编号",
    "channels.{channel}.{key}: no alerts go there, where a customer is told: say in "
    "[customers.{name}] what is told and when, or here alerts = true": (
        "channels.{channel}.{key}：该通道只通知客户，不发送预警：请在 [customers.{name}] 中设置通知"
        "内容与时间，或在此设置 alerts = true"
    ),
    "channels.{name}: a customer was told there, and none is any more: no alerts go there until "
    "it says alerts = true, or false": (
        "channels.{name}：该通道曾用于通知客户，现已无客户使用：在设置 alerts = true 或 false 之前"
        "不向其发送预警"
    ),
    "{file}: is there already and was not written by clearance share: give another name": (
        "{file}：已存在且不是 clearance share 写入的：请换一个名称"
    ),
}

HELP = {
    "What customers are told.": "给客户的通知。",
    "List notices, the latest first: what waits, and what was settled within a week.": (
        "列出通知，最新的在前：待处理的，以及一周内办结的。"
    ),
    "Only those of this customer, as the settings name it.": "只列该客户的（设置中的名称）。",
    "Only those that stand so, such as held.": "只列处于这些状况的，如 held（待批准）。",
    "Also what was settled more than a week ago.": "包括一周以前办结的。",
    "Instead, the open declarations that are no customer's.": (
        "改为列出没有对应客户的未结关报关单。"
    ),
    "Show a notice as it was worded, who has accepted it, and the messages that told it.": (
        "显示通知原文、各通道何时接收，以及依据的报文。"
    ),
    "Approve a notice that waits for a person; the next check after the quiet hours sends it.": (
        "批准一条待批准的通知；下次检查时发送，免打扰时段内则等到其结束。"
    ),
    "What waits is what hold names in the settings of a customer.": (
        "哪些通知需要批准，由客户设置中的 hold 决定。"
    ),
    "Keep a notice that waits for a person from ever being told.": (
        "放弃一条待批准的通知，不再发送。"
    ),
    "List what was told to whom, when the channel accepted it, and by which messages.": (
        "列出向谁通知了什么、通道何时接收、依据哪些报文。"
    ),
    "Only what was told since then.": "只列此后通知的。",
    "Write pages that customers may see: of one shipment, or of all of a customer.": (
        "生成可给客户看的页面：一票货物的，或一个客户的全部。"
    ),
    "With a number --output is a file that ends in .html, with --customer a folder. Each page is "
    "one file that needs nothing else. In a folder a file is written only where something has "
    "changed, and that of a shipment that has been over for 30 days is removed.": (
        "给出编号时 --output 为 .html 文件，给出 --customer 时为文件夹。每页为一个独立文件。"
        "文件夹中只写有变化的页面，办结满 30 天的货物的页面会删除。"
    ),
    "Any number of one shipment.": "一票货物的任一编号。",
    "All shipments of this customer, with an index, into a folder.": (
        "该客户的全部货物及目录页，写入文件夹。"
    ),
}
"""The help of ``notices`` and ``share``."""
