"""The phrases people read, in English and Chinese. JSON keys are English and never translated.

A phrase is translated by its English text (``say``); a text with values is a template in each
language (``worded``). Without a translation both are English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from clearance.errors import agreeing
from clearance.model import Words, in_language

CHINESE = {
    # stages
    "draft": "暂存",
    "submitted": "已申报",
    "accepted": "已入库",
    "under_review": "审核中",
    "reviewed": "已审结",
    "action_due": "待办理",
    "inspection": "查验",
    "suspended": "挂起",
    "released": "已放行",
    "cleared": "已结关",
    "rejected": "退单",
    "withdrawn": "已删单",
    # directions
    "import": "进口",
    "export": "出口",
    "transit": "转关",
    # actions
    "tax": "缴税",
    "documents": "补充单证",
    "attachments": "重传文件",
    "papers": "交单",
    "supplement": "补充申报",
    "return": "退单",
    "full_declaration": "完整申报",
    # kinds of numbers
    "entry no.": "海关编号",
    "unified no.": "统一编号",
    "own reference": "企业内部编号",
    "office name": "海关名称",
    "measured": "数值",
    "the others": "其余",
    "p": "校正后 p 值",
    "bill no.": "提运单号",
    "voyage": "航次",
    "contract": "合同号",
    "container": "集装箱号",
    "sent as": "发送文件名",
    "staged no.": "暂存编号",
    "data centre no.": "数据中心编号",
    # headings and labels
    "declaration": "报关单",
    "declaration date": "申报日期",
    "import date": "进口日期",
    "export date": "出口日期",
    "consignee": "境内收货人",
    "consignor": "境内发货人",
    "goods": "商品",
    "declared value": "申报总价",
    "gross weight": "毛重",
    "first declared": "首次申报",
    "last milestone": "最近节点",
    "direction": "进出口",
    "office": "申报地海关",
    "stage": "状态",
    "since": "起始时间",
    "for": "已停留",
    "for_seconds": "已停留",
    "declared": "申报",
    "released at": "放行时间",
    "alerts": "预警",
    "alerts or notices": "预警或通知",
    "time": "时间",
    "end": "结束时间",
    "not declared": "尚未申报",
    "next step": "下一步",
    "code": "代码",
    "meaning": "含义",
    "note": "说明",
    "notes": "备注",
    "serial": "回执编号",
    "message": "报文",
    "alert": "内容",
    "figures": "依据",
    "returns": "退单次数",
    "elapsed_hours": "已历",
    "hours": "上限",
    "no declarations to list": "没有符合条件的报关单",
    "nothing is open: --all shows what is closed": "没有未结关的报关单：--all 可显示已结关的",
    "nothing has been read in yet: clearance ingest FOLDER": (
        "尚未读入任何报文：clearance ingest 文件夹"
    ),
    "not checked yet: clearance check looks for what is wrong": (
        "尚未检查：clearance check 可找出异常"
    ),
    "not checked": "未检查",
    "meanings": "可能的含义",
    "now: clearance list shows what is open, clearance check looks for what is wrong": (
        "接下来：clearance list 查看未结关的报关单，clearance check 找出异常"
    ),
    "no plans: clearance plan set or plan import says what customs does not send": (
        "没有计划信息：可用 clearance plan set 或 plan import 添加海关不发送的内容"
    ),
    "planned, not declared": "已计划、尚未申报",
    "no alerts": "没有预警",
    "nothing was refused": "没有被拒收的报文",
    "negative_interval": "时间倒置",
    "shared_reference": "企业内部编号重复使用",
    "overused_reference": "企业内部编号通用，不能识别报关单",
    "sent_again": "已用同一企业内部编号重新申报",
    "name_disagrees": "文件名与内容不符",
    "time_of_file": "以文件时间为准",
    "odd_number": "编号格式不符",
    "transit no.": "转关单统一编号",
    "direction_disagrees": "进出口方向矛盾",
    "unknown_code": "未知代码",
    "time_ahead": "时间超前",
    "given_up": "放弃申报",
    "replaced_by": "改用编号",
    "unclear_code": "代码含义不明",
    "office_disagrees": "申报地海关不符",
    "amended_after_closure": "结关后修改",
    "guaranteed": "担保放行",
    "outstanding": "待办事项",
    "said by hand": "人工登记",
    "by hand": "人工登记",
    "put away": "人工结案",
    "effect": "效力",
    "nothing was said": "未登记任何内容",
    "remarks": "异常",
    "intervals": "时长",
    "sendings": "申报次数",
    "rule": "规则",
    "result": "结果",
    "severity": "级别",
    "state": "状态",
    "id": "编号",
    "name": "名称",
    "kind": "类别",
    "place": "位置",
    "no [sources.NAME] is set": "未设置 [sources.名称]",
    "source": "数据源",
    "last success": "最近成功",
    "last message": "最近报文",
    "last error": "最近失败",
    "requests": "请求",
    "reason": "原因",
    "size": "大小",
    "seen at": "发现时间",
    "period": "期间",
    "closed": "已结关",
    "open": "未结关",
    "returned": "退单",
    "impossible times": "时间矛盾",
    "closures": "结关票数",
    "by the day of closure": "按结关日期统计",
    "median": "中位数",
    "elapsed": "自然时间",
    "elapsed time": "自然时间",
    "how long": "时长",
    "where the time went": "时间分布",
    "about": "关于",
    "told": "内容",
    "interval": "时段",
    "cohort": "统计口径",
    "clock": "计时方式",
    "zone": "时区",
    "mean_closed": "已结关平均",
    "p75": "P75",
    "p90": "P90",
    "p95": "P95",
    "change_from": "对比期",
    "rmst_ratio": "变化",
    "95 % low": "95 % 下限",
    "95 % high": "95 % 上限",
    "mix_adjusted_ratio": "剔除货物构成变化后",
    "waits_for": "等待方",
    "share_of_change": "对变化的贡献",
    "worth": "计入数值",
    "ending": "计时终点",
    "member": "压缩包内文件",
    "first_byte": "起始字节",
    "end_byte": "结束字节",
    "first_declared_at": "首次申报时间",
    "declared on": "申报日期",
    "declared_at": "申报时间",
    "dated_at": "申报日期",
    "accepted_at": "入库时间",
    "reviewed_at": "审结时间",
    "examined_from": "查验开始时间",
    "examined_until": "查验结束时间",
    "tax_noticed_at": "税款通知时间",
    "tax_paid_at": "缴税时间",
    "released_at": "放行时间",
    "cleared_at": "结关时间",
    "withdrawn_at": "删单时间",
    "arrived_at": "运抵时间",
    "gated_out_at": "提离时间",
    "departed_at": "离港时间",
    "transport_mode": "运输方式",
    "hs_chapter": "HS 章",
    "working": "工作时间",
    "working time": "工作时间",
    "did it change": "是否变化",
    "against": "对比期",
    "change": "变化",
    "after": "经过",
    "arrive": "到港",
    "declare": "申报",
    "submit": "申报",
    "accept": "入库",
    "review": "审结",
    "release": "放行",
    "close": "结关",
    "first": "首次申报",
    "95 % interval": "95 % 区间",
    "with the same mix": "剔除货物构成变化后",
    "verdict": "结论",
    "faster": "更快",
    "slower": "更慢",
    "no clear change": "无明显变化",
    "no calendar": "缺少官方日历",
    "waits for": "等待方",
    "mean": "平均",
    "share": "占比",
    "share of the change": "对变化的贡献",
    "change in points": "变化（百分点）",
    "part of the change": "贡献的时间",
    "more": "增多",
    "fewer": "减少",
    "withdrawn share": "删单占比",
    "figure": "指标",
    "part": "环节",
    "average": "全国平均",
    "errors": "差错",
    "within": "未超过",
    "above": "高于平均",
    "target": "目标时限",
    "target due": "目标时限",
    "expected low": "预计最早",
    "expected median": "预计放行",
    "expected high": "预计最晚",
    "missed": "已超时",
    "differs": "差异",
    "way": "进出口",
    "coverage": "数据覆盖率",
    "unit": "单位",
    "low of the change": "变化区间下限",
    "high of the change": "变化区间上限",
    "how well, shares": "质量指标，比例",
    "how well, numbers": "质量指标，时间与数量",
    "higher": "上升",
    "lower": "下降",
    "summary": "概要",
    "how many": "票数",
    "bar": "图示",
    "customs": "海关",
    "trader": "企业",
    "system": "系统",
    "carrier": "承运人",
    "customs and trader": "海关与企业",
    "customs release": "海关放行",
    "the longest": "用时最长的报关单",
    "why": "原因",
    "returned before": "曾退单",
    "nothing told": "无说明",
    "impossible times, in no figure": "时间矛盾（未计入任何数字）",
    "transport mode": "运输方式",
    "trade mode": "监管方式",
    "broker": "申报单位",
    "inspected": "已查验",
    "guarantee": "是否担保",
    "hs chapter": "HS 章",
    "country": "国别",
    "store": "数据库",
    "url": "存储位置",
    "messages": "报文",
    "refused": "拒收",
    "events": "事件",
    "declarations": "报关单",
    "links of the chain of commits": "提交链",
    "so far": "（未完）",
    "files": "文件数",
    "digest": "摘要",
    "signed": "已签名",
    "stamped": "有时间戳",
    "saved": "已存",
    "recomputed": "重算",
    "file": "文件",
    "declarations behind each count": "各计数的报关单",
    "until withdrawn": "至删单",
    "gives": "计入",
    "none yet": "尚无",
    "begun with the store": "自建库起",
    "begun over what was there": "自原有内容起",
    "begun with the copy": "自复制起",
    "begun with the import": "自导入起",
    "begun with the salvage": "自抢救起",
    "begun anew, the last link being lost": "末环丢失后重新开始",
    "customs declarations": "报关单",
    "bytes": "字节",
    "version": "版本",
    "read": "读取",
    "passed over": "略过",
    "still being written": "尚在写入",
    "box": "收发箱",
    "form": "业务",
    "followed": "已跟踪",
    "read before and not opened again": "此前已读，未再打开",
    "new": "新增",
    "duplicate": "重复",
    "resolved": "已解除",
    "repeated": "仍未解除",
    "firing": "告警中",
    "history": "历史",
    "feed": "数据源",
    "waiting": "未结票数",
    "n": "样本数",
    "cause": "原因",
    "expected": "预计放行",
    "expected release": "预计放行",
    "forecasts of releases: how often they were right": "放行预计的准确程度",
    "intervals: how often they held the release, and how wide they were": "预计区间：命中率与宽度",
    "all": "全部",
    "inside": "命中率",
    "mean width": "平均宽度",
    "loss": "损失",
    "usual time": "通常时长",
    "in time": "按时概率",
    "probability": "概率",
    "stratum": "所属分组",
    "no probability": "无概率",
    "no_probability": "无概率",
    "released before a cut-off: what was said, and what happened": "截关前放行：预测与实际",
    "from": "自",
    "to": "至",
    "answers": "预测数",
    "said": "预测概率",
    "happened": "实际比例",
    "Brier score": "Brier 评分",
    "calibration error": "校准误差",
    "unanswered": "未能预测",
    "can be told": "可以预测",
    "due": "缴款期限",
    "action": "待办",
    "deadline": "办理期限",
    "days": "天数",
    "arrived": "抵港或运抵",
    "call": "联系",
    "by": "原因",
    "match": "匹配",
    "matches": "匹配预警数",
    "until": "截止",
    "look further": "查看详情",
    "muted by": "静默依据",
    "acknowledged until": "确认有效期至",
    "nothing is silenced": "没有静默设置",
    "pending": "观察中",
    "recovering": "恢复中",
    "acknowledged": "已确认",
    "silenced": "已静默",
    "explained": "已归并",
    "silenced until": "静默至",
    "acknowledged by": "确认人",
    "said by": "说明人",
    "what was declared": "申报数量与金额",
    "gross kg": "毛重(千克)",
    "net kg": "净重(千克)",
    "packages": "件数",
    "containers": "集装箱数",
    "items": "商品项数",
    "amount": "金额",
    "gross_weight": "毛重(千克)",
    "net_weight": "净重(千克)",
    "worked_hours": "已历",
    "limit_hours": "上限",
    "usual_hours": "95 % 不超过",
    "days_left": "剩余天数",
    "hours_left": "剩余",
    "hours_past": "已过",
    "last_day": "最后期限",
    "legal_basis": "法律依据",
    "finding": "异常",
    "fine": "正常",
    "not applicable": "不适用",
    "by_rule": "按规则",
    "cannot assess": "无法判断",
    "info": "提示",
    "warning": "警告",
    "critical": "严重",
    "unknown": "未知",
    "yes": "是",
    "no": "否",
    "nothing yet": "尚无",
    "unknown code": "未知代码",
    "too few": "样本过少",
    "as of": "截至",
    "none closed": "无已结关",
    "not reached": "未达到",
    "problem": "问题",
    "copied": "已复制",
    "skipped": "已存在",
    "verified": "已核对",
    "different": "不一致",
    "records": "记录",
    "lost": "无法读取",
    "whole": "完好",
    "channel": "通道",
    "deliveries": "通知",
    "retry": "稍后重试",
    "would be sent": "将发送",
    "put in with crontab -e": "用 crontab -e 写入",
    "for the command prompt of Windows": "在 Windows 命令提示符中执行",
    "too long for schtasks: put it into a .cmd file": "超过 schtasks 的长度限制：请写入 .cmd 文件",
    # what the demo says
    "Read the messages in a folder.": "读取文件夹中的报文。",
    "Where is this shipment? Any number on its papers will do.": (
        "这票货到哪一步了？单证上的任一编号都可以查。"
    ),
    "What is under inspection?": "哪些在查验？",
    "What is wrong, and what to do about it?": "出了什么问题，该怎么办？",
    "Nothing has changed since: a check says nothing.": "此后没有变化：检查不输出任何内容。",
    "At noon: what is over, or new, since then.": "中午再检查：此后解除的和新增的预警。",
    "What is the customer told of it? Only what is its own; this one has pages alone.": (
        "客户会收到什么通知？只有自己的货物；此客户只有页面，没有通道。"
    ),
    "How long did it take, and did that change?": "用了多长时间，有没有变化？",
    "The same for imports and exports.": "进口与出口分开来看。",
    "For whom, and when did it arrive? A sheet says what customs does not send.": (
        "为谁报关、何时抵港或运抵？海关不发送的信息可由表格补充。"
    ),
    "How long did goods wait for their declaration, for each customer?": (
        "各客户的货物从抵港或运抵到申报用了多久？"
    ),
    # values of findings
    "applied": "此前收到",
    "asked": "申请时间",
    "at": "时间",
    "before": "原状态",
    "count": "数量",
    "day": "日期",
    "detail": "详情",
    "entry_no": "海关编号",
    "minutes": "分钟",
    "names": "文件",
    "numbers": "编号",
    "together": "同票份数",
    "tries": "尝试次数",
    "trouble": "问题",
    "what": "矛盾",
    "year": "年份",
    "released after deleted": "删单后放行",
    "closed without release": "未放行即结关",
    "two ends": "既结关又删单",
    # plans
    "cutoff": "截关",
    "cy_cutoff": "截港",
    "etd": "预计离港",
    "departed": "实际离港",
    "loading": "装货",
    "arrival": "抵港或运抵",
    "tax_due": "缴税期限",
    "tax_noticed": "税款通知",
    "tax_paid": "缴税时间",
    "customer": "客户",
    "called": "货物编号",
    "notice": "通知",
    "happened at": "发生时间",
    "standing": "状况",
    "notified": "通知时间",
    "decided": "批示",
    "corrects": "更正",
    "no notices": "没有通知",
    "no customer is set: nobody is told": "没有设置客户：不通知任何人",
    "every open declaration has its customer": "每票未结关的报关单都有对应的客户",
    "hs_code": "商品编号",
    "terms": "成交方式",
    "currency": "币制",
    "value": "完税价格",
    "free_until": "免费期至",
    "gated_out": "提货出闸",
    "withdrawal_asked": "申请删单",
    "customs_error": "海关记录差错",
    "trade_mode": "监管方式",
    "consolidated": "汇总征税",
    "special_permit": "特准",
    "ref": "自编号",
    "contact": "联系人",
    "reference": "编号",
    "fact": "事项",
    "headings": "表头",
    "content": "内容",
    "set": "已保存",
    "rows": "行",
    "unchanged": "无变化",
    "spoilt": "有误",
    "row": "行号",
    "shipments without a declaration": "无报关单的货物",
    "declarations without a shipment": "表中没有的报关单",
    "numbers that look cut": "疑似被截断的编号",
    # settings, channels, checks of the setting up
    "setting": "设置项",
    "set to": "值",
    "where from": "来源",
    "default": "默认",
    "can be used": "可用",
    "no settings file: the defaults hold": "没有设置文件：按默认值运行",
    "nothing is set: the defaults hold": "未设置任何项：按默认值运行",
    "check": "检查项",
    "ok": "正常",
    "failed": "不可用",
    "all is well": "一切正常",
    "told of": "接收的级别",
    "language": "语言",
    "queued": "待发送",
    "held": "暂缓",
    "none": "无",
    "only": "仅接收",
    "times": "时段",
    "reached": "会收到",
    "no channel is set: nobody is told of alerts": "未设置通道：预警不会通知任何人",
    # customs systems
    "defined in": "定义于",
    "the program": "程序内置",
    "reads": "读取的报文",
    "knows and does not read": "识别但不读取",
    "number": "号码",
    "role": "作用",
    "official": "海关编号",
    "joining": "关联编号",
    "own": "自编号",
    "group": "分组编号",
    "beside": "同时",
    "not read": "未读取",
    "goes first": "优先读取者",
    # codes
    "Chinese": "中文",
    "English": "英文",
    "old code": "旧代码",
    "table": "代码表",
    "codes": "代码数",
}


_TRANSLATIONS: Mapping[str, Mapping[str, str]] = {"zh": CHINESE}
"""Phrases in each language besides English, by their English text."""


INTERVAL_NAMES: dict[str, Words] = {
    "arrive-declare": {"en": "from arrival to submission", "zh": "运抵至申报"},
    "submit-accept": {"en": "from submission to acceptance", "zh": "申报至入库"},
    "accept-review": {"en": "from acceptance to the end of the review", "zh": "入库至审结"},
    "exam": {"en": "from the order of an inspection to its end", "zh": "查验下达至查验完毕"},
    "tax": {"en": "from the demand of duties to their payment", "zh": "税单生成至缴税"},
    "accept-release": {"en": "from acceptance to release", "zh": "入库至放行"},
    "declare-release": {"en": "from submission to release", "zh": "申报至放行"},
    "release-close": {"en": "from release to closure", "zh": "放行至结关"},
    "declare-close": {"en": "from submission to closure", "zh": "申报至结关"},
    "first-close": {"en": "from the first submission to closure", "zh": "首次申报至结关"},
    "arrive-release": {"en": "from arrival to release", "zh": "运抵（抵港）至放行"},
    "arrive-gateout": {"en": "from arrival to gate-out", "zh": "抵港至提离"},
    "arrive-depart": {"en": "from arrival to departure", "zh": "运抵至离港"},
}
"""Each interval by its two events."""

WEEKDAYS: Words = {"en": "Mon Tue Wed Thu Fri Sat Sun", "zh": "周一 周二 周三 周四 周五 周六 周日"}
WITH_UNIT: Words = {"en": "{title} ({unit})", "zh": "{title}（{unit}）"}
"""A heading over numbers, with the unit that they are in."""


class Bilingual(str):
    """A value of an error that is itself said in each language; as ``str`` it is English."""

    __slots__ = ("words",)
    words: Words

    def __new__(cls, words: Words) -> Self:
        """``words`` are its texts by language."""
        made = super().__new__(cls, words["en"])
        made.words = words
        return made


def say(words: str, lang: str) -> str:
    """A phrase in a language; without a translation it stays as it is."""
    if lang in _TRANSLATIONS:
        return _TRANSLATIONS[lang].get(words, words)
    return words.replace("_", " ")


def interval_name(interval: str, lang: str) -> str:
    """An interval by its two events; one that this version does not know as it is written."""
    return in_language(INTERVAL_NAMES.get(interval, {"en": interval}), lang)


def interval_word(interval: str, lang: str) -> str:
    """An interval as it is written, such as ``declare-close``; in Chinese by its two events."""
    return interval if lang == "en" else interval_name(interval, lang)


def offered(choices: Iterable[str], called: Mapping[Any, Words] | None = None) -> list[str]:
    """Choices as an error offers them: in Chinese by their Chinese words, which are understood.

    ``called`` is what choices are called where they are shown, if not by their own translation.
    """
    return [
        Bilingual({"en": choice, "zh": called[choice]["zh"] if called else say(choice, "zh")})
        for choice in choices
    ]


def understood(
    written: str, choices: Iterable[str], called: Mapping[Any, Words] | None = None
) -> str | None:
    """The choice that a word in any language, or in any case, means; None where there is none.

    ``called`` as for ``offered``; without it also a customs system's own word for a stage or a
    direction, if that is no word of another choice.
    """
    choices = list(choices)
    found = _called_so(written, {choice: _forms(choice, called) for choice in choices})
    if found or called:
        return found
    return _called_so(written, {choice: _own_forms(choice) for choice in choices})


def _called_so(written: str, forms: Mapping[str, Iterable[str]]) -> str | None:
    """The first choice that has a word among its forms, also without the 已 of what is done."""
    word = _plain(written)
    for choice, called in forms.items():
        if any(word in (_plain(form), _plain(form.removeprefix("已"))) for form in called):
            return choice
    return None


def _forms(choice: str, called: Mapping[Any, Words] | None) -> Iterable[str]:
    """What people call a choice."""
    translated = (phrases[choice] for phrases in _TRANSLATIONS.values() if choice in phrases)
    return [choice, *(called[choice].values() if called else translated)]


def _own_forms(choice: str) -> Iterator[str]:
    """What customs systems call a choice that is a stage or a direction."""
    from clearance.customs import systems

    for system in systems().values():
        yield from system.stage_words.get(choice, {}).values()


def _plain(word: str) -> str:
    """A word without regard to case, width, and what its parts are joined by."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", word)).casefold()


def worded(words: Words, lang: str, **values: Any) -> str:
    """A template in a language, else in English, with values in it; lists with commas."""
    written = {
        name: joined(value, lang) if isinstance(value, list) else value
        for name, value in values.items()
    }
    template = agreeing(in_language(words, lang), written)
    filled = punctuated(template, lang).format(**written)
    return filled.replace("） ", "）")


_LIST_COMMAS = {"zh": "、"}
_FULL_WIDTH = ((", ", "，"), (": ", "："), ("; ", "；"), (" (", "（"), ("(", "（"), (")", "）"))


def joined(parts: Iterable[object], lang: str) -> str:
    """The parts of a list in one text."""
    return _LIST_COMMAS.get(lang, ", ").join(map(str, parts))


def punctuated(template: str, lang: str) -> str:
    """A template with the signs of its language: in Chinese they are as wide as its characters."""
    if lang == "zh":
        for narrow, wide in _FULL_WIDTH:
            template = template.replace(narrow, wide)
    return template


_ARTICLE = r"(.*) Art\. ([0-9]+)"
_ANNOUNCEMENT = r"(.*) ([0-9]{4}) No\. ([0-9]+)"
_LAWS = {
    "海关法": "Customs Law",
    "关税法": "Customs Tariff Law",
    "海关总署公告": "Announcement of the General Administration of Customs",
}
_DIGITS = "零一二三四五六七八九"


def provision(written: str, lang: str) -> str:
    """A provision of a law, written ``关税法 Art. 43``, as its language cites it.

    One of a law that has no English name here stays as it is written.
    """
    if article := re.fullmatch(_ARTICLE, written):
        law, number = article.groups()
        english, chinese = f"Art. {number}", f"第{_numeral(int(number))}条"
    elif announcement := re.fullmatch(_ANNOUNCEMENT, written):
        law, year, number = announcement.groups()
        english, chinese = f"No. {number} of {year}", f"{year}年第{number}号"
    else:
        return written
    if lang == "zh":
        return f"{law}{chinese}"
    return f"{_LAWS[law]}, {english}" if law in _LAWS else written


_BOTH = r"(.*[^\x00-\x7f]\S*) ([\x20-\x7e]+)"


def one_of_both(text: str, lang: str) -> str:
    """The half of a text that is kept as its Chinese and then its English, in a language."""
    match = re.fullmatch(_BOTH, text)
    return (match[1] if lang == "zh" else match[2]) if match else text


def beside_chinese(words: Words, lang: str) -> str:
    """Words in Chinese; with ``lang`` en the English behind them."""
    chinese = in_language(words, "zh")
    return f"{chinese} {in_language(words, 'en')}" if lang == "en" else chinese


def _numeral(number: int) -> str:
    """A number under a hundred in Chinese."""
    tens, ones = divmod(number, 10)
    ten = {0: "", 1: "十"}.get(tens, f"{_DIGITS[tens % 10]}十")
    return ten + (_DIGITS[ones] if ones or not tens else "")


def told(text: str, lang: str) -> str:
    """What was kept as an English text, such as the answer of a channel, in a language."""
    if lang != "zh":
        return text
    from clearance.render.chinese import foreign

    return foreign.in_chinese(text)
