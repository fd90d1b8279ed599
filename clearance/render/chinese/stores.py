"""What is wrong with a store, in Chinese."""

from __future__ import annotations

CHINESE = {
    "the store is neither a path nor a URL such as postgresql://clerk@db/clearance; a URL has a "
    "colon and two slashes behind its first word": (
        "数据库的位置既不是路径，也不是 postgresql://clerk@db/clearance 这样的地址；"
        "地址的第一个词后须有冒号和两个斜杠"
    ),
    "there is no store at {url}: name another, or clearance ingest makes it": (
        "{url} 处没有数据库：请指定其他数据库，或运行 clearance ingest 建立"
    ),
    "{url} was written by an earlier version of clearance: clearance store rebuild "
    "brings it up to date": (
        "{url} 由较早版本的 clearance 写入：请运行 clearance store rebuild 更新"
    ),
    "{url} was written by an earlier version of clearance: run clearance store init, or anything "
    "that writes": (
        "{url} 由较早版本的 clearance 写入：请运行 clearance store init 或任一写入命令"
    ),
    "{url} was written by a later version of clearance (its {name} is {stored}, this one knows "
    "{known}): upgrade clearance": (
        "{url} 由较新版本的 clearance 写入（其 {name} 为 {stored}，本版本支持到 {known}）："
        "请升级 clearance"
    ),
    "{path} was written by a later version of clearance (its store is version {stored}, this one "
    "knows {layout}): upgrade clearance": (
        "{path} 由较新版本的 clearance 写入（数据库版本 {stored}，本版本支持到 {layout}）："
        "请升级 clearance"
    ),
    "{path} is being written by another process: try again, or wait longer": (
        "{path} 正由其他进程写入：请重试，或延长等待时间"
    ),
    "{url} is being written by another process: try again, or wait longer": (
        "{url} 正由其他进程写入：请重试，或延长等待时间"
    ),
    "{path} cannot be used: {why}": "无法使用 {path}：{why}",
    "{url} cannot be used: {why}": "无法使用 {url}：{why}",
    "the connection to {url} was lost; nothing is there by halves, so run the command again: "
    "{why}": "与 {url} 的连接已中断；未写入任何不完整的数据，请重新运行该命令：{why}",
    "{url} does not let this account write, or not even read: {why}": (
        "{url} 不允许此账户写入，或不允许读取：{why}"
    ),
    "the server of {url} has no room left; nothing of this commit was kept: {why}": (
        "{url} 所在的服务器空间已满；本次提交的内容均未保存：{why}"
    ),
    "{url} cannot be reached: {why}": "无法连接 {url}：{why}",
    "{url} keeps text as {encoding}: make a database in UTF8": (
        "{url} 的文本编码为 {encoding}：请建立 UTF8 编码的数据库"
    ),
    "{url} holds only a part of a store: on a cluster, connect to the coordinator": (
        "{url} 仅有数据库的一部分：若为集群，请连接协调节点"
    ),
    "a store on PostgreSQL needs psycopg: {how}": "使用 PostgreSQL 数据库需要 psycopg：{how}",
    "--store: not a URI such as postgresql://clerk@db/clearance; in a name or password write %40 "
    "for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %": (
        "--store：不是 postgresql://clerk@db/clearance 这样的地址；用户名或密码中 @ 写作 %40，"
        ": 写作 %3A，/ 写作 %2F，? 写作 %3F，# 写作 %23，% 写作 %25"
    ),
    "the store's password: {why}": "数据库的密码：{why}",
    "there is no store {scheme}://: give a path, postgresql://user@host/database, or memory:": (
        "不支持 {scheme}:// 数据库：请给出文件路径、postgresql://user@host/database 或 memory:"
    ),
    "{path} cannot be set aside: {why}": "{path} 无法另存：{why}",
    "{path} cannot be made: {why}": "无法建立 {path}：{why}",
    "{path} cannot be replaced by {new}: {why}": "无法用 {new} 替换 {path}：{why}",
    "{path} was removed or replaced while it was being written": "{path} 在写入时被删除或替换",
    "{path} is a database of another program, not a store": (
        "{path} 是其他程序的数据库，不是 clearance 数据库"
    ),
    # damage
    "store rebuild --salvage keeps what can be read": (
        "请运行 clearance store rebuild --salvage，保留可读取的内容"
    ),
    "{path} is not a whole store: {why}": "{path} 不是完好的数据库：{why}",
    "{path} is not a whole store: {why}; {remedy}": "{path} 不是完好的数据库：{why}；{remedy}",
    "not a whole store: {why}": "数据库不完好：{why}",
    "text in it is spoilt": "其中的文本已损坏",
    "not a whole store: a document is no JSON any more ({why}); {remedy}": (
        "数据库不完好：有记录不再是 JSON（{why}）；{remedy}"
    ),
    "not a whole store: a document is not what was written ({why!r}); {remedy}": (
        "数据库不完好：有记录与写入时不符（{why!r}）；{remedy}"
    ),
    "not a whole store: a document is not what was written ({why!r}); store rebuild derives all "
    "but the messages anew": (
        "数据库不完好：有记录与写入时不符（{why!r}）；"
        "clearance store rebuild 可由报文重新推导其余内容"
    ),
    "not a whole store: the index of {table} does not fit its documents ({count} keys); {remedy}": (
        "数据库不完好：{table} 的索引与记录不符（{count} 个键）；{remedy}"
    ),
    "not a whole store: message {id} can no longer be read: {why}; {remedy}": (
        "数据库不完好：报文 {id} 已无法读取：{why}；{remedy}"
    ),
    "not a whole store: the bytes of message {id} are not those of its digest; {remedy}": (
        "数据库不完好：报文 {id} 的内容与其摘要不符；{remedy}"
    ),
    "{count} entries of the store are damaged and were left out: clearance store verify says "
    "which": "数据库中有 {count} 项已损坏，未计入：请运行 clearance store verify 查看",
    "store rebuild makes it anew": "请运行 clearance store rebuild 重建",
    "tables are missing": "缺少数据表",
    "the index of {table} is spoilt": "{table} 的索引已损坏",
    "the rows of {table} are out of order": "{table} 的行次序错乱",
    "rows of {table} are not where they belong": "{table} 有行不在应在的位置",
    "not a whole store: rows of {table} are not where they belong; {remedy}": (
        "数据库不完整：{table} 有行不在应在的位置；{remedy}"
    ),
    "not a whole store: document {id} of {table} is not what was written; {remedy}": (
        "数据库不完好：{table} 的第 {id} 条记录与写入时不符；{remedy}"
    ),
    "not a whole store: document {id} of {table}, filed under {keys}, is not what was written; "
    "{remedy}": "数据库不完好：{table} 的第 {id} 条记录（{keys}）与写入时不符；{remedy}",
    "not a whole store: the bytes of refused message {id} are not those of its digest; {remedy}": (
        "数据库不完好：拒收报文 {id} 的内容与其摘要不符；{remedy}"
    ),
    "the notice of refused message {id} is missing: rebuild the store": (
        "缺少拒收报文 {id} 的提示：请重建数据库（clearance store rebuild）"
    ),
    "there is a notice of message {id}, which is not refused: rebuild the store": (
        "报文 {id} 未被拒收却有提示：请重建数据库（clearance store rebuild）"
    ),
    "the index of declarations does not fit them ({count} keys)": (
        "报关单的索引与其内容不符（{count} 个键）"
    ),
    "the timings of {count} declarations do not fit them": "{count} 票报关单的时间与其内容不符",
    # verifying, salvaging, copying
    "{url}: {count} problem: {problem}": "{url}：{count} 个问题：{problem}",
    "{url}: {count} problems: {problem}": "{url}：{count} 个问题：{problem}",
    "{left} messages and records can still be read, {lost} cannot": (
        "仍可读取 {left} 条报文和记录，{lost} 条无法读取"
    ),
    # exporting, importing
    "{file}: cannot be read: {why}": "{file}：无法读取：{why}",
    "{file}: is no JSON: {why}": "{file}：不是 JSON：{why}",
    "{file}: is no JSON: it is not UTF-8 text": "{file}：不是 JSON：不是 UTF-8 文本",
    "{file}: is no file that clearance store export has written": (
        "{file}：不是 clearance store export 写出的文件"
    ),
    "{file}: was written by a later version of clearance: upgrade this one": (
        "{file}：由更新版本的 clearance 写出，请先升级本程序"
    ),
    "{file}: {count} entries cannot be read and were left out": (
        "{file}：有 {count} 项无法读取，已略去"
    ),
    "{count} records are not the same in both stores: what is there already stays": (
        "有 {count} 条记录在两个数据库中不一致，目标数据库中的保持不变"
    ),
    "{url} is gone when the command ends: name a file or a server to copy to": (
        "{url} 在命令结束后即不存在：请指定要复制到的文件或服务器"
    ),
    "{url}: is the store itself: name another to copy to": (
        "{url}：就是该数据库本身：请指定其他数据库"
    ),
    "{option} {output}: is a store, and all in it would be lost; give another file": (
        "{option} {output}：是数据库文件，写入会丢失其全部内容；请另给文件名"
    ),
    # the chain of commits
    "of {count}, {began}; the last is {digest}": "共 {count} 环，{began}；末环 {digest}",
    "the chain of commits is broken before link {number}: what is older was changed, or is not "
    "all there": "提交链在第 {number} 环之前断开：更早的内容被改动或缺失",
    "the messages of link {number} of the chain of commits are not those that were committed": (
        "提交链第 {number} 环的报文与提交时不符"
    ),
    "{count} messages are in no link of the chain of commits: rebuild the store": (
        "{count} 份报文不在提交链中：请运行 clearance store rebuild"
    ),
    "what was said of {name} is not what the chain of commits says": (
        "人工填写的 {name} 与提交链不符"
    ),
    "message {id} is in no timeline: rebuild the store": (
        "报文 {id} 不属于任何报关单：请重建数据库（clearance store rebuild）"
    ),
    "what is known of usual times is not what the timelines say: rebuild the store": (
        "常规用时的统计与报关单不符：请重建数据库（clearance store rebuild）"
    ),
    "the timeline of {name} tells of a message that is gone: {id}": (
        "报关单 {name} 引用的报文已不存在：{id}"
    ),
    "the timeline of {name} is not what its messages say: rebuild the store": (
        "报关单 {name} 与其报文不符：请重建数据库（clearance store rebuild）"
    ),
    "the timeline of {name} is missing: rebuild the store": (
        "缺少报关单 {name}：请重建数据库（clearance store rebuild）"
    ),
    "what reports read of {name} is not its timeline: rebuild the store": (
        "报关单 {name} 的报表数据与其内容不符：请重建数据库（clearance store rebuild）"
    ),
    "{url} is no store in a file: of a server store export, and store import into another, "
    "keep what can be read": (
        "{url} 不是文件数据库：服务器数据库请用 store export 导出，再 store import 到另一数据库，"
        "保留可读取的内容"
    ),
    "store rebuild --salvage keeps what can be read of a file; of a server store export, and store "
    "import into another": (
        "文件数据库请运行 clearance store rebuild --salvage，保留可读取的内容；服务器数据库请用 "
        "store export 导出，再 store import 到另一数据库"
    ),
    "no message in {url} can be read: it stays as it is": (
        "{url} 中没有可读取的报文：数据库保持原样"
    ),
    "the new store is not whole: {problem}": "新数据库不完好：{problem}",
    "message {id} has not arrived: copy again": "报文 {id} 未复制到：请再次复制",
    "refused message {id} has not arrived: copy again": "拒收的报文 {id} 未复制到：请再次复制",
    "{different} timelines are not the same in both stores: run clearance store verify, then "
    "rebuild, on the one copied from": (
        "两个数据库中有 {different} 票报关单不一致：请对源数据库先运行 clearance store verify，"
        "再运行 clearance store rebuild"
    ),
}
