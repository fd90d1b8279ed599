"""The help of every command, in Chinese, by its English paragraphs."""

from __future__ import annotations

from clearance.render.chinese import by_hand, customers

CHINESE = {
    **by_hand.HELP,
    **customers.HELP,
    # clearance
    "Where is this shipment, what is wrong, and how long did it take? Reads customs' messages.": (
        "货物到哪一步了，出了什么问题，用了多长时间？读取海关回执，一查便知。"
    ),
    "Show the version.": "显示版本。",
    "Show this message and exit.": "显示此帮助。",
    # options of every command
    "Where the store is: a path, postgresql://…, memory:": (
        "数据库的位置：文件路径、postgresql://… 或 memory:"
    ),
    "Settings, a TOML file.": "设置文件（TOML）。",
    "Draw the declaration form (报关单) of what was declared, to check it or to keep it.": (
        "绘制报关单，用于核对或存档。"
    ),
    "It is in Chinese; --lang en adds English labels.": "报关单为中文；--lang en 加上英文栏目名。",
    "Look a code up, or a name: offices, countries, trade modes and other tables.": (
        "查代码或名称：关区、国别、监管方式等代码表。"
    ),
    "Which table, or what to look for in every table; without it, all of them.": (
        "哪个代码表，或要在所有代码表中查找的内容；不给出则列出所有代码表。"
    ),
    "A code, old or new, or part of a name.": "代码（新旧均可）或名称的一部分。",
    "Whose codes: a customs system.": "海关系统的名称。",
    "Any numbers, as they were pasted.": "任意编号，可直接粘贴。",
    "Every declaration, each in a file of its own.": "所有报关单，每票一个文件。",
    "With --all: declared since then, or 31d.": "与 --all 同用：此后申报的，或 31d。",
    "Items on the first page, and on others.": "首页与其余各页的商品项数。",
    "TrueType font to embed in PDF.": "嵌入 PDF 的 TrueType 字体。",
    "List the boxes that nothing is known of.": "列出未知的栏目。",
    "Language.": "语言。",
    "How to show it.": "输出格式。",
    "In CSV, numbers such that a spreadsheet keeps all their digits.": (
        "写 CSV 时，使电子表格保留编号的全部位数与前导零。"
    ),
    "Write there, in the format it ends in.": "写入该文件，格式由扩展名决定。",
    "How long to wait for a writer.": "等待其他进程写入的时间。",
    "Look from this moment instead of now.": "以该时刻代替当前时间。",
    # alerts
    "The alerts that checks have raised.": "检查产生的预警。",
    "List the alerts that are firing, as the last check left them.": (
        "列出上次检查后仍在告警的预警。"
    ),
    "Resolved ones too.": "包括已解除的。",
    "Show an alert with its history and what to do.": "显示一条预警、其经过和处理办法。",
    "Its id, or the beginning of it.": "编号，或其开头几位。",
    "Its id, or the beginning of it: four characters at least.": "编号，或其开头（至少四位）。",
    "Why; kept with it.": "原因，一并保存。",
    "Who says so; kept too.": "说明人，一并保存。",
    "Acknowledge alerts.": "确认预警。",
    "Nobody is notified of them again until then, unless they get worse; you are still notified "
    "when they are over.": "在到期之前不再通知，除非情况加重；解除时仍会通知。",
    "Ids of alerts, numbers of declarations, or rules: all alerts of these.": (
        "预警编号、报关单的任一编号或规则：后两者指其全部预警。"
    ),
    "When it ends; by default with the next working day.": ("何时到期；默认到下一个工作日下班。"),
    "When it ends; it must end.": "何时到期；必须有期限。",
    "A label of the alert, as office=2248.": "预警的标签，例如 office=2248。",
    "List active silences.": "列出生效中的静默设置。",
    "Expired ones too.": "包括已过期的。",
    "End an acknowledgement or a silence before its time.": "提前结束确认或静默。",
    "List every change of state of alerts, and every silence, the latest last.": (
        "列出预警状态的每次变化和每次静默，最近的在最后。"
    ),
    "Only what happened since then.": "只列出此后发生的。",
    # channels
    "The channels that alerts are sent to.": "接收预警的通道。",
    "List the channels, what each takes and when, and what waits.": (
        "列出各通道、其接收范围和时段，以及待发送的消息数。"
    ),
    "Send a channel a message that says it is a test.": "向通道发送一条测试消息。",
    "The channel, as the settings name it.": "设置文件中的通道名称。",
    "Show which channels an alert would reach, when, and why.": (
        "显示一条预警目前会发送到哪些通道、何时发送及原因。"
    ),
    # completion
    "Print what a shell is to run at its start, so that Tab completes.": (
        "输出供终端启动时执行的脚本，使 Tab 键能够补全。"
    ),
    "Commands, options, and the numbers of open declarations are completed.": (
        "可补全命令、选项和未结关报关单的编号。"
    ),
    "Which shell.": "哪种终端。",
    # config
    "The settings: what they are, and where they come from.": "设置：各项的值及其来源。",
    "Show every setting, its value, and where that comes from.": "显示每个设置项、其值及来源。",
    "Of a secret only the place is shown where it is kept.": "密钥只显示存放的位置。",
    "Only what is set, without the defaults.": "只显示已设置的，不含默认值。",
    "Check whether a settings file can be used.": "检查设置文件是否可用。",
    "A settings file; else the one that is used.": "设置文件；不给出则检查当前使用的。",
    "Write settings into the file; comments and order stay.": (
        "将设置写入设置文件，保留注释和顺序。"
    ),
    "The file is made if there is none. It is replaced only by one that can be used.": (
        "没有设置文件时会新建；只有在新内容可用时才会替换。"
    ),
    "A key such as report.zone and its value; more of them are set at once.": (
        "设置项（如 report.zone）及其值；可同时设置多项。"
    ),
    "Show where the settings file is looked for.": "显示设置文件的位置。",
    # doctor
    "Look whether everything is in place, and say what to do where it is not.": (
        "检查各项是否就绪，并说明如何处理问题。"
    ),
    "Looked at are settings, store, folders, secrets, sources, channels, clock, calendars, the "
    "terminal and versions. The exit code is 1 where something does not work.": (
        "检查设置、数据库、文件夹、密钥、数据源、通道、时钟、日历、终端和版本。"
        "有不可用的项目时，退出码为 1。"
    ),
    "Send each channel a message that says it is a test.": "向每个通道发送一条测试消息。",
    "Request nothing from sources over the network.": "不通过网络请求数据源。",
    # check
    "Look for what is wrong, notify the channels, and print what changed.": (
        "查找问题，通知各通道，并显示变化。"
    ),
    "For cron: if no alert is new or over since the last check, nothing is printed. Only one check "
    "delivers at a time; another one meanwhile leaves the deliveries to it.": (
        "适合计划任务：与上次检查相比没有新增或解除的预警时，不输出任何内容。"
        "同一时间只有一个检查发送通知；其他检查将通知留给它发送。"
    ),
    "Show what would change and keep nothing.": "只显示将有的变化，不保存。",
    "Look at everything, not only at what may have changed.": (
        "重新检查全部内容, 而不只是可能有变化的部分。"
    ),
    "Take what is there as told: from now on only what happens is.": (
        "将现有预警视为已通知：此后只通知新发生的。"
    ),
    "Exit 6 while such an alert is firing.": "有该级别的预警时，退出码为 6。",
    # cron
    "Print lines for cron, systemd and the Windows task scheduler.": (
        "输出 cron、systemd 和 Windows 计划任务的配置。"
    ),
    "They hold the paths of this program, the store and the settings as they are now, and the "
    "language.": ("其中写有本程序、数据库和设置文件当前的路径，以及语言。"),
    "A folder to ingest first.": "先读取的文件夹。",
    "Where its files are moved then.": "读取后将文件移到该文件夹。",
    # demo
    "Walk through it all on generated messages.": "用生成的报文演示全部功能。",
    "Some 400 invented declarations of two quarters, in a throw-away store; your own store and "
    "settings are not touched.": (
        "两个季度约 400 票虚构的报关单，存于临时数据库；不会改动您自己的数据库和设置。"
    ),
    "Leave the messages there, to try other commands on.": "将报文留在该文件夹，以便试用其他命令。",
    # explain, status
    "Show every event of any number's declaration, and what each rule makes of it.": (
        "按任一编号显示报关单的全部事件，以及每条规则的判断。"
    ),
    "Show the timeline of any number's declaration.": "按任一编号显示报关单的时间线。",
    # ingest
    "Read messages into the store.": "将报文读入数据库。",
    "Reading a message again changes nothing, and a file in a folder that looks as it did when it "
    "was read is not opened. One that cannot be read is kept with the reason (see refused), the "
    "others are read, and the exit code is 3; so it is where one of several paths does not exist. "
    "Files that are no messages are passed over, and those still being written wait for the next "
    "run.": (
        "重复读取同一报文不会有任何影响；文件夹中自上次读取后未变的文件不再打开。"
        "无法读取的报文连同原因一并保存（见 refused），"
        "其余照常读取，退出码为 3；多个路径中有的不存在时也是如此。"
        "不是报文的文件略过，尚在写入的文件留待下次读取。"
    ),
    "Files, folders, zip files, or - for stdin; else every configured source.": (
        "文件、文件夹、zip 文件，或用 - 表示标准输入；不给出则读取设置中的全部数据源。"
    ),
    "Open every file, also those that were read before.": "打开全部文件，包括此前已读的文件。",
    "Move each file there once all messages in it are safely kept.": (
        "文件中的报文全部安全保存后，将文件移到该文件夹。"
    ),
    # watch
    "Follow folders and configured sources, and read what comes, as it comes.": (
        "持续跟踪文件夹和设置中的数据源，来什么读什么。"
    ),
    "It shows a line for each commit. What stood there before is read first, and a folder that is "
    "gone is waited for. It runs until it is ended: Ctrl-C, or a signal after which what is being "
    "read is still kept.": (
        "每次提交显示一行。先读取原有的文件；文件夹不在时等待其恢复。持续运行，直到按 Ctrl-C "
        "或收到终止信号；收到终止信号时，正在读取的内容仍会保存。"
    ),
    "Folders; else every configured source.": "文件夹；不给出则跟踪设置中的全部数据源。",
    "Check after what was read, and at least every 5 minutes.": (
        "读取后即作检查，且至少每 5 分钟检查一次。"
    ),
    "Follow the boxes that the Single Window client is set to.": (
        "跟踪单一窗口客户端设置中的收发箱。"
    ),
    "How long a file stands before it is read.": "文件静置多久后读取。",
    "How long a file that looks half-written stands before it is refused.": (
        "看似未写完的文件静置多久后拒收。"
    ),
    "How often folders are looked through besides notifications.": (
        "除系统通知外，每隔多久查看一遍文件夹。"
    ),
    "Print what keeps clearance watch --check running.": (
        "改为输出使 watch 与检查持续运行的配置。"
    ),
    # systems
    "Customs systems whose messages are read.": "可读取其报文的海关系统。",
    "Show the customs systems, those of your own files too, and what each reads.": (
        "显示各海关系统（含自有文件所描述的）及其读取的报文。"
    ),
    "Show a customs system: its numbers, what it reads, and what its codes mean.": (
        "显示一个海关系统：号码、读取的报文及代码含义。"
    ),
    "A customs system, as systems list has it.": "海关系统的名称，可用 list 列出。",
    "Show what a file of your own would read of messages, and why not what it would not.": (
        "显示自有文件能从报文中读出什么，读不出的说明原因。"
    ),
    "Nothing is kept. Put the file into the folder customs beside your settings, and it is used.": (
        "不保存任何内容。将文件放入设置文件旁的 customs 文件夹后即会使用。"
    ),
    "A file that describes a customs system.": "描述海关系统的文件。",
    "Messages: files, folders, zip files.": "报文：文件、文件夹、zip 文件。",
    # sources
    "Where messages come from.": "报文从何而来。",
    "Show the configured sources, and whether they can be read.": (
        "显示设置中的数据源，以及能否读取。"
    ),
    "Find the boxes of the Single Window client, as watch --client follows them.": (
        "查找单一窗口客户端的收发箱，即 watch --client 所跟踪的文件夹。"
    ),
    "Add those that are not followed to the settings.": "将尚未跟踪的写入设置。",
    "Also open a sample of the files that were read, to compare.": (
        "另抽取一部分已读文件重新打开，加以核对。"
    ),
    # list
    "Any numbers, as they were pasted: entry no., unified no., own reference, bill of lading, "
    "container, or the last six digits; else the beginning of an HS code or of a company's name; "
    "- reads them from standard input.": (
        "任意编号，可直接粘贴多个：海关编号、统一编号、企业内部编号、提运单号、集装箱号或末六位；"
        "也可为商品编号或企业名称的开头；- 从标准输入读取。"
    ),
    "The declarations of a bill of lading counted together.": "按提运单汇总其全部报关单。",
    "The known ones are shown, and the exit code is 1, where some of the numbers are unknown.": (
        "部分编号查不到时，仍显示查得到的，退出码为 1。"
    ),
    "Shown are the rules that found something or could not judge.": (
        "只显示发现异常或无法判断的规则。"
    ),
    "Rules that found nothing too, and every interval.": "也显示正常的规则和全部时段。",
    "Only those in these stages.": "只列出处于这些状态的。",
    "Only those of these customs offices.": "只列出这些海关的。",
    "Only those with it in a number, a fact or what was said.": (
        "只列出编号、内容或人工登记事项中含有该文字的。"
    ),
    "At most so many.": "最多列出多少票。",
    "Also what is closed or withdrawn while an alert about it is firing, and shipments that are "
    "planned and not declared. Stages and directions may be in Chinese.": (
        "仍有预警的已结关、已删单报关单，以及已计划但尚未申报的货物也会列出。状态和进出口可用中文。"
    ),
    "When the inspection was over.": "查验完成的时间。",
    "The number or reference under which it was sent instead.": "改用哪个编号重新申报。",
    "Write an empty sheet with the headings that import reads, and show them.": (
        "写出一张空表并列出可识别的表头。"
    ),
    "What to write: .xlsx or .csv.": "要写的文件：.xlsx 或 .csv。",
    "List what is open, most urgent first.": "列出未结的报关单，最紧急的在前。",
    "Closed and withdrawn ones too.": "包括已结关和已删单的。",
    "Only those going this way.": "只列出该进出口方向的。",
    "Only those declared since then.": "只列出此后申报的。",
    "In which order.": "排列顺序。",
    "With their events, in JSON.": "在 JSON 中带上事件。",
    # plan
    "What customs does not send: cut-offs, arrivals, taxes.": (
        "海关不发送的信息：截关、抵港、税款。"
    ),
    "Set facts of a shipment.": "设置一票货物的事项。",
    "Times without an offset are in the zone of its customs system. The declaration may come "
    "later: that none has the number yet is said, with the numbers that are like it.": (
        "未写时区的时间按所属海关的时区。报关单可以晚于此出现：目前没有该编号时会提示，并给出相近的编号。"
    ),
    "Any number of the shipment.": "该票货物的任一编号。",
    "Remove a fact.": "删除一个事项。",
    "Customs cut-off of the vessel.": "船舶的截关时间。",
    "Cut-off of the container yard.": "堆场的截港时间。",
    "Estimated departure.": "预计离港时间。",
    "Actual departure.": "实际离港时间。",
    "When loading begins.": "开始装货的时间。",
    "Import: the conveyance was declared in; export: the goods reached the supervised area.": (
        "进口：运输工具申报进境；出口：货物运抵监管场所。"
    ),
    "Last day to pay duties.": "缴税的最后期限。",
    "Duties to pay, in the currency of its customs; 0 if there are none.": (
        "应缴税款，以所属海关的货币计；没有则为 0。"
    ),
    "When customs asked for the duties.": "海关下发税款通知的时间。",
    "When the duties were paid.": "缴税时间。",
    "Whom you do it for.": "委托的客户。",
    "The declaring firm.": "申报单位（报关行）。",
    "Import: the consignee; export: the consignor.": "进口：境内收货人；出口：境内发货人。",
    "What the goods are called.": "货物名称。",
    "HS code of the first item, 2 to 10 digits.": "首项商品编号，2 至 10 位。",
    "Import: where it was sent from; export: where it goes.": "进口：启运国；出口：运抵国。",
    "Means of transport, as customs codes it.": "运输方式，海关代码。",
    "Terms of delivery, as customs codes them.": "成交方式，海关代码。",
    "Currency of the first item.": "首项商品的币制。",
    "Customs office that it is declared at.": "申报地海关。",
    "Dutiable value, in the currency of its customs.": "完税价格，以所属海关的货币计。",
    "Last free day at the terminal.": "码头免费期的最后一天。",
    "When the goods left the terminal.": "提货出闸时间。",
    "When we asked customs to delete the declaration.": "向海关申请删单的时间。",
    "When we gave it up: no list or alert shows it until news comes.": (
        "放弃办理的时间：列表和预警不再显示，直到有新回执。"
    ),
    "import, export or transit.": "进口、出口或转关。",
    "Trade mode, four digits.": "监管方式，四位代码。",
    "yes if duties are paid once a month.": "汇总征税填“是”。",
    "yes if customs allows to declare late.": "海关特准延期申报填“是”。",
    "yes if customs recorded an error of ours in it.": "海关记录我方申报差错填“是”。",
    "A reference of your own that finds it too.": "自编号，也可用来查找。",
    "Whom to call about it.": "联系人。",
    "Read a sheet of plans, one shipment in a row.": "读取计划表，每行一票货物。",
    "A row that cannot be read is reported on stderr; the others are kept, and the exit code is "
    "3. Without a name the sheet is who says it.": (
        "无法读取的行在标准错误中报告；其余照常保存，退出码为 3。未写登记人时记为该表格。"
    ),
    "Compare a sheet of shipments with the declarations; nothing is kept.": (
        "将货物表与报关单核对；不保存任何内容。"
    ),
    "Shown are shipments without a declaration, declarations without a shipment (those that are "
    "open, or were declared between the first and the last declaration of the sheet), and numbers "
    "that a spreadsheet may have cut. The exit code is 6 where there are any.": (
        "列出：没有报关单的货物；表中没有的报关单（未结的，或在表中首末两票申报日期之间申报的）；"
        "可能被电子表格截断的编号。有任何一项时退出码为 6。"
    ),
    "A sheet: .csv or .xlsx.": "表格：.csv 或 .xlsx。",
    "Show the facts of a shipment, and when they were set.": "显示一票货物的事项及其设置时间。",
    "List every plan.": "列出全部计划信息。",
    # refused
    "Show the messages that could not be read, and why.": "显示无法读取的报文及原因。",
    "List messages that could not be read.": "列出无法读取的报文。",
    "Show one of them with the beginning of its content.": "显示其中一份及其开头的内容。",
    "Try to read all of them again, as after an upgrade.": "全部重新读取，例如在升级之后。",
    "Put away what nobody needs: the same is not refused again.": (
        "移除无人需要的报文：相同的内容不会再次列入拒收。"
    ),
    "Ids, or the beginnings of them.": "编号，或其开头几位。",
    "All of them.": "全部。",
    # report
    "Show how long declarations took, whether it changed, and where the time went.": (
        "显示报关用了多长时间、是否有变化、时间用在何处。"
    ),
    "Also 2026, 2026-03, last-quarter; the last four quarters if not given.": (
        "也可写 2026、2026-03、last-quarter；不给出则为最近四个季度。"
    ),
    "How to cut the period.": "期间的划分单位。",
    "Write the report with all that it rests on, to be checked.": (
        "改为写出报告及其全部依据，供查验。"
    ),
    "In the evidence, digests of messages instead of these.": "证据中只存报文摘要，不存原文。",
    "With --trace: where files were moved to, to find their bytes.": (
        "与 --trace 连用：文件移入的文件夹，用于定位报文的字节范围。"
    ),
    "Recompute every figure of a saved report from the messages.": (
        "改为由报文重算已存报告的每个指标并比对。"
    ),
    "One line for each instead, and what differs beyond chance.": (
        "改为逐行对比报关行、海关、客户或收发货人，并列出超出偶然的差异。"
    ),
    "The declarations behind a figure, such as 2026Q3.closed.": (
        "改为列出某一指标所含的报关单，如 2026Q3.closed。"
    ),
    "How long it took only, and not how well it went.": "只看用时，不看质量指标。",
    "Not what the last change was made of: it takes a moment.": (
        "不分析最近一期变化的原因（可稍快）。"
    ),
    "What was declared in all, also without groups.": "申报数量与金额合计，未分组时也显示。",
    "Break down by office, trader, country, …": (
        "按申报地海关（office）、进出口（direction）等分组。"
    ),
    "From which milestone to which.": "从哪个节点到哪个节点。",
    "What was declared, or closed, in a period.": "按期间内申报的，或期间内结关的统计。",
    "Elapsed or official working time.": "按自然时间，或按法定工作时间。",
    "The period to compare with.": "对比的期间。",
    "Write an event log for process mining too.": "另写一份供流程挖掘用的事件日志。",
    "How often forecasts of releases were right instead.": "改为显示放行预计的准确程度。",
    "Zone that periods lie in.": "期间所在的时区。",
    # store
    "The store of messages and timelines.": "存放报文和报关单时间线的数据库。",
    "Make the store, or bring it up to this version.": "建立数据库，或更新到本版本。",
    "Every command that writes does so unasked. On PostgreSQL with Citus it also spreads the "
    "tables over the cluster.": (
        "每个写入命令都会自动完成。在带 Citus 的 PostgreSQL 上，还会将各表分布到集群。"
    ),
    "Show what the store holds, and when each source was last heard of.": (
        "显示数据库的内容概况，以及各数据源最近的情况。"
    ),
    "Fetch new messages from the sources that are asked over HTTP.": (
        "从以 HTTP 获取的数据源拉取新报文。"
    ),
    "For cron: if there is nothing new, nothing is printed. What each page brings is committed "
    "before the next one is asked for. One that fails is told, and the others are asked.": (
        "供 cron 使用：没有新内容时不输出。每页内容提交后才请求下一页。"
        "失败的数据源会说明原因，其余照常请求。"
    ),
    "Names of sources; else all that are asked.": "数据源名称；不给出则为全部。",
    "Check every message and timeline.": "核对全部报文和时间线。",
    "Derive every timeline again, as after an upgrade.": "重新推导全部时间线，例如在升级之后。",
    "It also brings a store that an earlier version wrote up to date. With --salvage the damaged "
    "store stays beside the new one, as FILE.damaged; what cannot be read is left out, and the "
    "exit code is 3.": (
        "也会将较早版本写入的数据库更新。使用 --salvage 时，损坏的数据库保留在新数据库旁，"
        "文件名加 .damaged；无法读取的内容略去，退出码为 3。"
    ),
    "Make a new store of all that can be read in a damaged one.": (
        "用损坏的数据库中可读取的内容建立新数据库。"
    ),
    "Copy everything into another store, and check that it arrived.": (
        "将全部内容复制到另一数据库，并核对是否到齐。"
    ),
    "Run it again after an interruption: it goes on where it stopped. A plan that is there gets "
    "what was said since; of alerts and silences the later holds. Where that cannot be told, what "
    "is there stays, and the exit code is 3.": (
        "中断后再次运行，即从中断处继续。已有的计划补入其后说明的内容；预警和静默以较晚者为准。"
        "无法判断时保留已有的，退出码为 3。"
    ),
    "The store to copy to.": "复制到的数据库。",
    "Write everything into one plain TinyDB file, for other programs or to keep.": (
        "将全部内容写成一个普通的 TinyDB 文件，供其他程序使用或留存。"
    ),
    "It holds the messages as they came, the timelines with their events, plans, alerts and what "
    "was said by hand. clearance store import brings it into a store.": (
        "其中有收到的原始报文、带全部事件的时间线、计划、预警以及人工填写的内容。"
        "可用 import 将其导入数据库。"
    ),
    "The file to write.": "要写出的文件。",
    "A file that export has written.": "export 写出的文件。",
    "Bring all of an exported file into the store, and check that it arrived.": (
        "将导出文件的全部内容导入数据库，并核对是否到齐。"
    ),
    "What is there already is completed as by clearance store copy. Run it again after an "
    "interruption: it goes on where it stopped. What cannot be read is left out, and the exit code "
    "is 3.": (
        "已有的内容按 copy 的方式补全。中断后再次运行，即从中断处继续。"
        "无法读取的内容略去，退出码为 3。"
    ),
}
"""Chinese by a paragraph of English on one line."""

PLACES = {
    "Arguments": "参数",
    "Options": "选项",
    "Commands": "命令",
    "[OPTIONS]": "[选项]",
    "[REF]...": "[编号]...",
    "ROW.FIGURE": "行.指标",
    "FILE.json": "文件.json",
    "FILE.zip": "文件.zip",
    "[SOURCE]...": "[数据源]...",
    "[FILE]": "[文件]",
    "ALERT": "预警",
    "KEY VALUE...": "设置项 值...",
    "N,N": "项,项",
    "COMMAND [ARGS]...": "命令 [参数]...",
    "URL": "位置",
    "FILE": "文件",
    "FILE.toml": "文件.toml",
    "SAMPLE…": "样本…",
    "FILE.csv|xes": "文件.csv|xes",
    "SECONDS": "秒",
    "[FOLDER]...": "[文件夹]...",
    "TIME": "时间",
    "TIME|30m|8h|2d": "时间|30m|8h|2d",
    "ID|REF|RULE…": "预警编号|编号|规则…",
    "DATE|7d|12h": "日期|7d|12h",
    "DAY": "日期",
    "MOMENT": "日期或时间",
    "AMOUNT": "金额",
    "DIRECTION": "进出口",
    "MODE": "代码",
    "FLAG": "是|否",
    "TEXT": "文本",
    "DIR": "文件夹",
    "FACT": "事项",
    "ID": "编号",
    "REF": "编号",
    "REF...": "编号...",
    "STAGE": "状态",
    "ACTION": "事项",
    "ACTION...": "事项...",
    "TIME|30m|2h": "时间|30m|2h",
    "TIME|30m|2h|DATE": "时间|30m|2h|日期",
    "STAGE,…": "状态,…",
    "OFFICE,…": "关区,…",
    "N": "票数",
    "KEY=VALUE": "键=值",
    "NAME": "名称",
    "ZONE": "时区",
    "DIM[,DIM]": "分组[,分组]",
    "[PATH]...": "[路径]...",
    "[ID]...": "[编号]...",
    "[TABLE]": "[代码表]",
    "[CODE or TEXT]": "[代码或名称]",
    "HS": "商品编号",
    "CODE": "代码",
    "[REF]": "[编号]",
    "STATE,…": "状况,…",
    "[INBOX]": "[收件文件夹]",
}
"""Headings of a help page, and what stands in it for a value."""

EXTRAS = {
    "env var": "环境变量",
    "default": "默认",
    "required": "必填",
}
"""What the command line adds to an option."""
