"""What ``doctor``, ``config``, ``channels`` and ``completion`` say, in Chinese."""

from __future__ import annotations

CHINESE = {
    # channels, completion
    "there is no channel {name}: choose {choices}": "没有通道 {name}：可选：{choices}",
    "no channel is set: write a [channels.NAME] into the settings": (
        "未设置通道：请在设置文件中写入 [channels.名称]"
    ),
    "{shell}: choose {choices}": "{shell}：可选：{choices}",
    # settings
    "{key}: give a value for it": "{key}：请给出它的值",
    "{path}: there is no settings file yet: the defaults hold": (
        "{path}：尚无设置文件：按默认值运行"
    ),
    "{key} is not a setting that is known: clearance config show lists them": (
        "{key} 不是已知的设置项：clearance config show 列出所有设置项"
    ),
    "{key} is not a setting that is known; did you mean {close}?": (
        "{key} 不是已知的设置项；您是否想写 {close}？"
    ),
    "{key!r} is not a key such as report.zone": "“{key}”不是 report.zone 这样的设置项名称",
    # doctor: any check
    "could not be looked at: {why}": "无法检查：{why}",
    "mend what it names, and look again": "请排除所述问题后再次检查",
    "clearance: does not work: {names}": "clearance: 不可用：{names}",
    # secrets, sources, channels
    "mend it, or what sources.{name} says of it": "请排除该问题，或修改 sources.{name}",
    "mend what channels.{name} says, or what it refers to": (
        "请修改 channels.{name}，或其所引用的内容"
    ),
    "{secret}: there": "{secret}：存在",
    "let the file hold it, and the user that clearance runs as read it": (
        "请在该文件中写入密钥，并使运行 clearance 的用户可以读取"
    ),
    "a test message was not accepted: {why}": "测试消息未被接收：{why}",
    "channel {name} has not taken the message: {why}": "通道 {name} 未接收消息：{why}",
    "can be read": "可读取",
    "not requested: --offline": "未请求：--offline",
    "answers": "有应答",
    "complete; --send-test sends it a message": "设置完整；--send-test 可发送测试消息",
    "has accepted a test message": "已接收测试消息",
    "set it where clearance runs: a scheduler does not have the variables of a shell": (
        "请在运行 clearance 的环境中设置：计划任务没有终端里的环境变量"
    ),
    "notices that wait for somebody to approve them: {count}, the first since {at}": (
        "有 {count} 条通知待批准，最早自 {at}"
    ),
    "clearance notices list --state held, then approve or drop them": (
        "clearance notices list --state held，然后 approve 或 drop"
    ),
    "complete; only a customer is told there, so no test is sent": (
        "设置完整；此通道只用于通知客户，不发送测试消息"
    ),
    "has no channel: sees its pages only": "没有通道：只能看页面",
    "{channel} leads where {other} is told by {place}: each reads the other's notices": (
        "{channel} 与 {other} 的通道 {place} 通往同一处：双方会看到彼此的通知"
    ),
    "mend the address of one of the two channels": "请改正其中一个通道的地址",
    "is told by {channels}": "通过 {channels} 通知",
    "not known: the settings cannot be used": "未知：设置无法使用",
    "look again with the settings": "修正设置后再检查",
    "none is set: nobody is told of alerts": "未设置：预警不会通知任何人",
    "somebody is told of every rule that is about no declaration": (
        "与报关单无关的各条规则都有通道接收"
    ),
    "no channel is told of {rules}": "没有通道接收：{rules}",
    "leave one channel without match": "请保留一个不设 match 的通道",
    # the machine
    "{encoding}, {columns}": "{encoding}，{columns}",
    "{found}": "{found}",
    "no terminal": "非终端",
    "{count} columns": "{count} 列",
    "set PYTHONUTF8=1, on Windows also chcp 65001, for Chinese": (
        "要显示中文，请设置 PYTHONUTF8=1，Windows 上再运行 chcp 65001"
    ),
    "make it 80 columns wide: tables leave columns out": (
        "请将窗口加宽到 80 列：过窄时表格会省略部分列"
    ),
    "not installed: {names}": "未安装：{names}",
    "install clearance again from its folder, as README says": (
        "请按 README 的说明，在 clearance 文件夹中重新安装"
    ),
    "{wrong}; there are {found}": "{wrong}；现有 {found}",
    "SQLite before 3.51.3 may, very rarely, damage a file that two programs write at once: "
    "install a Python that comes with a later one, or let one program write": (
        "3.51.3 之前的 SQLite 在两个程序同时写入时，极少数情况下会损坏文件：请安装自带更新版本的 "
        "Python，或只由一个程序写入"
    ),
    "{name} must be {wanted}": "{name} 应为 {wanted}",
    # files and folders
    "chmod 600 {path}": "请运行 chmod 600 {path}",
    "{folder}: {free} free": "{folder}：剩余 {free}",
    "make room there, or move the store: clearance store copy": (
        "请清理空间，或迁移数据库：clearance store copy"
    ),
    "{path}: can be used": "{path}：可用",
    "{path}: no such file: the defaults hold": "{path}：没有该文件：按默认值运行",
    "{folder}: the store can be made there": "{folder}：可在此建立数据库",
    "mend it: clearance config check says whether it can be used": (
        "请修正：clearance config check 可检查是否可用"
    ),
    "{folder}: there, readable, writable": "{folder}：存在，可读，可写",
    "{folder}: there, readable, not writable: --archive moves nothing out of it": (
        "{folder}：存在，可读，不可写：--archive 无法移走其中的文件"
    ),
    "{path}: its rights are as they should be": "{path}：权限正确",
    "{path}: this user may not use it": "{path}：当前用户无权使用",
    "give it to the user that clearance runs as": "请将其授权给运行 clearance 的用户",
    "{path}: others may write it": "{path}：其他用户可写",
    "{path}: others may read it": "{path}：其他用户可读",
    "{folder}: {why}": "{folder}：{why}",
    "make it, let this user read it, or name another in sources.{name}": (
        "请建立该文件夹，授予当前用户读取权限，或在 sources.{name} 中改用其他文件夹"
    ),
    # the store
    "{url}: {declarations} declarations, {messages} messages, {size}, layout {layout}; "
    "last event: {last}; last check: {checked}": (
        "{url}：{declarations} 票报关单，{messages} 条报文，{size}，格式版本 {layout}；"
        "最近动态：{last}；最近检查：{checked}"
    ),
    "never": "从未",
    "ahead of the clock": "晚于时钟",
    "{count} min ago": "{count} 分钟前",
    "{count} h ago": "{count} 小时前",
    "{count} days ago": "{count} 天前",
    "{count} entries are damaged; {detail}": "有 {count} 条内容损坏；{detail}",
    "clearance store verify says which, and what helps": (
        "clearance store verify 列出损坏的内容和处理办法"
    ),
    "let a scheduler check: clearance cron prints the lines": (
        "请用计划任务定时检查：clearance cron 给出所需的行"
    ),
    "name another, or let clearance ingest make it": (
        "请指定其他数据库，或运行 clearance ingest 建立"
    ),
    "{url}: nothing has been read in yet": "{url}：尚未读入任何报文",
    "clearance ingest FOLDER reads customs' messages": "clearance ingest 文件夹 可读入海关回执",
    "nobody else is writing": "没有其他进程在写入",
    "a check is delivering now": "有一个检查正在发送通知",
    "wait for it; if it never ends, end that process": "请等待其结束；若一直不结束，请终止该进程",
    # the clock and calendars
    "{now}": "{now}",
    "{all}": "{all}",
    "set the clock: this program is of {made}": "请校准时钟：本程序的时间为 {made}",
    "{now}; the last event is of {at}": "{now}；最近动态的时间为 {at}",
    "set the clock by a time server, or find out who wrote that message": (
        "请用时间服务器校准时钟，或查明该报文的来源"
    ),
    "{now}; {file} is of {at}": "{now}；{file} 的时间为 {at}",
    "set the clocks of both machines by a time server": "请用时间服务器校准两台机器的时钟",
    "{system}: {years} are known": "{system}：已有 {years} 年的放假日历",
    "{system}: the official days of {years} are not known": "{system}：缺少 {years} 年的放假日历",
    "name a file that has them in {table}.files once they are announced": (
        "公布后请在 {table}.files 中指定含该年的文件"
    ),
}
"""Chinese templates by English template, with the same values in braces."""
