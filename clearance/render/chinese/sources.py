"""What is wrong with a source of messages, and with its settings, in Chinese."""

from __future__ import annotations

CHINESE = {
    "sources.{name}.{why}": "sources.{name}.{why}",
    "nothing to pull: set a [sources.NAME] whose kind is asked over HTTP": (
        "没有可拉取的数据源：请设置以 HTTP 获取的 [sources.名称]"
    ),
    "sources.{name} is a folder: clearance ingest reads it": (
        "sources.{name} 是文件夹：由 clearance ingest 读取"
    ),
    "there is no source {name}: there are {choices}": "没有数据源 {name}：可选：{choices}",
    # settings
    "{key}: is missing": "{key}：缺少此项",
    "{key}: must be over {least}, {most} at most": "{key}：须大于 {least}，且不超过 {most}",
    "{key}: {path!r} is no path such as notifications[].xml": (
        "{key}：“{path}”不是 notifications[].xml 这样的路径"
    ),
    "url: must be an address such as https://host/path, or http to this machine": (
        "url：须为 https://host/path 这样的地址，http 仅限本机"
    ),
    'url: must hold no password: use secret, and auth = "basic"': (
        'url：不得含有密码：请使用 secret 和 auth = "basic"'
    ),
    "url: {why}": "url：{why}",
    "secret: is missing: say env:NAME or file:PATH": "secret：缺少此项：请写 env:名称 或 file:路径",
    "secret: what {secret} names cannot be sent": "secret：{secret} 的内容无法发送",
    "secret: {why}": "secret：{why}",
    "auth: must say how the secret is sent: {choices}": "auth：须说明如何发送密钥：{choices}",
    "name: must name the header or the parameter of the secret": "name：须为密钥所在的请求头或参数",
    "name: {name!r} is not the name of a header": "name：“{name}”不是请求头的名称",
    "cursor: must say where the next {cursor} stands": "cursor：须说明下一个 {cursor} 的位置",
    "headers.{name}: is not the name of a header": "headers.{name}：不是请求头的名称",
    "headers.{name}: must say env:NAME or file:PATH": "headers.{name}：须写 env:名称 或 file:路径",
    "headers.{name}: cannot be sent as it is": "headers.{name}：无法照此发送",
    "headers.{name}: {why}": "headers.{name}：{why}",
    "every: {written!r} is not a time such as 30s, 5m or 2h": (
        "every：“{written}”不是 30s、5m、2h 这样的时间"
    ),
    "rest: {why}": "rest：{why}",
    "cargos: name cargos, or bills": "cargos：请给出货物管理号或提单号",
    "cargos: {cargo!r} is not a cargo number": "cargos：“{cargo}”不是货物管理号",
    "bills: {bill!r} is not BILL/YYYY": "bills：“{bill}”应为“提单号/年份”",
    # answers
    "HTTP {status}": "HTTP {status}",
    "HTTP {status}: it does not take the secret": "HTTP {status}：对方不接受密钥",
    "HTTP {status}: it asks to be left alone for {seconds} s": (
        "HTTP {status}：对方要求 {seconds} 秒内不再请求"
    ),
    "no whole answer within {seconds} s": "{seconds} 秒内未收到完整应答",
    "its answer broke off": "应答中断",
    "cannot be reached": "无法连接",
    "its certificate cannot be trusted": "证书不可信",
    "not an address that can be asked": "地址无法请求",
    "answers more than {limit} bytes, or packed in a way that nobody asked for": (
        "应答超过 {limit} 字节，或以未要求的方式压缩"
    ),
    "answers with an HTML page: perhaps a log-in page": "应答为 HTML 页面：可能是登录页",
    "answers something else than JSON": "应答不是 JSON",
    "answers something else than a zip file": "应答不是 zip 文件",
    "answers no XML: {why}": "应答不是 XML：{why}",
    "answers an error: {said}": "应答为错误：{said}",
    "its answer has no {path}": "应答中没有 {path}",
    "it redirects again and again": "反复重定向",
    "it redirects, and does not say where to": "重定向，但未说明目标地址",
    "it names an address that is none": "所给地址无效",
    "it names an address at another server, which is not asked": "所给地址属于其他服务器，不予请求",
    "names more than {count} pages": "页数超过 {count}",
    "its {path} is neither a text nor a whole number": "应答中的 {path} 既不是文本，也不是整数",
    "answers no list of notifications: {why}": "应答不是通知列表：{why}",
    "answers no list of notifications: its root is <{root}>": "应答不是通知列表：根元素为 <{root}>",
    "notification {id} is gone: it was kept for 14 days": "通知 {id} 已不存在：对方只保存 14 天",
    "notification {id}: {why}": "通知 {id}：{why}",
}
