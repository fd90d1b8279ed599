"""Why a message to a channel was not delivered, and why an alert changed, in Chinese.

They are kept as English texts, with codes and times already in them.
"""

from __future__ import annotations

TEXTS = {
    # what a channel answers
    "cannot be reached": "无法连接",
    "the connection broke": "连接中断",
    "no whole answer": "答复不完整",
    "no answer by the end of the run": "到运行结束仍无答复",
    "answered more than an answer can be": "答复过长",
    "its certificate cannot be trusted": "其证书不可信",
    "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read": (
        "无法读取 SSL_CERT_FILE 或 SSL_CERT_DIR 所指的证书"
    ),
    "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be used": (
        "HTTPS_PROXY、HTTP_PROXY 或 ALL_PROXY 所指的代理无法使用"
    ),
    "not an address that can be sent to": "不是可以发送的地址",
    "not a name or address that can be sent to": "不是可以发送的名称或地址",
    "it does not offer STARTTLS, a way to log in, or such addresses": (
        "对方不支持 STARTTLS、登录方式或这类地址"
    ),
    "the user or password": "用户名或密码有误",
    "what answers there is no mail server": "应答的不是邮件服务器",
    "the user or password is not ASCII and cannot be sent": (
        "用户名或密码含非 ASCII 字符，无法发送"
    ),
    "gone for good": "已永久失效",
    "a redirect, which is not followed": "要求跳转，不予跟随",
    "the system is busy": "系统繁忙",
    "too many messages": "消息过多",
    "too many messages at once": "同时发送的消息过多",
    "the signature, keyword or address is not what is set there": (
        "签名、关键词或 IP 地址与对方的设置不符"
    ),
    "the signature is not right, or the clock is an hour off": "签名有误，或时钟相差一小时",
    "the keyword set there is not in the message": "消息中没有对方设置的关键词",
    "this machine's address is not allowed there": "对方不允许本机的 IP 地址",
    "there is no such token": "没有这个 token",
    "there is no such robot": "没有这个机器人",
    "there is no such bot": "没有这个机器人",
    "the group is dissolved": "群已解散",
    "not a message it takes": "对方不接受这种消息",
    "longer than it takes": "超过对方允许的长度",
    "the variable is not set": "未设置该环境变量",
    "the file is empty": "文件为空",
    "it is not UTF-8 text": "不是 UTF-8 文本",
    # why an alert changed
    "severity": "级别变化",
    "worse": "情况加重",
    "acknowledgement expired": "确认已到期",
    "baseline": "基线：视为已通知",
    "acknowledgement ended": "确认已取消",
    "acknowledged by a wrong clock": "确认时的时钟有误",
    "found again": "再次发现",
}

PATTERNS = {
    r"(.*); it says: (.*)": "{0}；对方答复：{1}",
    r"(errcode -?\d+|code -?\d+|HTTP \d+|SMTP \d+): (.*)": "{0}：{1}",
    r"waits for the one before it: (.*)": "等待前一条：{0}",
    r"no answer within (.*) s": "{0} 秒内没有答复",
    r"answered (?:no|something else than(?: a)?) (.*)": "答复中没有 {0}",
    r"(\d+) of (\d+) addressees? refused: (.*)": "{1} 个收件人中 {0} 个被拒：{2}",
    r"failed: (.*)": "失败：{0}",
    r"((?:env|file):.*?): cannot be read: (.*)": "{0}：无法读取：{1}",
    r"((?:env|file):.*?): not an address such as https://host/path": (
        "{0}：不是 https://host/path 这样的地址"
    ),
    r"((?:env|file):.*?): (the variable is not set|the file is empty)": "{0}：{1}",
    r"until (\d{4}-\d\d-\d\d)T(\d\d:\d\d)[:.\d]*([+-]\d\d:\d\d|)": "至 {0} {1}",
}
"""Chinese with the parts of the English text by their number."""
