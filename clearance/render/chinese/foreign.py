"""What others say, in Chinese: the operating system, parsers, SQLite, msgspec, the command line.

Their texts come as they are, with values already in them, so that they are found as a whole or by
a pattern. What is not here stays as it is.
"""

from __future__ import annotations

import re

from clearance.render.chinese import answers

_TEXTS = {
    # the operating system
    "No such file or directory": "没有该文件或文件夹",
    "it is closed": "已关闭",
    "standard input": "标准输入",
    "Permission denied": "没有权限",
    "Operation not permitted": "不允许的操作",
    "Is a directory": "是文件夹",
    "Not a directory": "不是文件夹",
    "File exists": "文件已存在",
    "File name too long": "文件名过长",
    "No space left on device": "磁盘空间不足",
    "Disk quota exceeded": "超出磁盘配额",
    "Read-only file system": "文件系统只读",
    "Input/output error": "输入输出错误",
    "Too many open files": "打开的文件过多",
    "Too many levels of symbolic links": "符号链接层数过多",
    "Device or resource busy": "设备或资源正被占用",
    "Directory not empty": "文件夹不为空",
    "Invalid argument": "参数无效",
    "Broken pipe": "输出管道已关闭",
    "Connection refused": "连接被拒绝",
    "Connection reset by peer": "连接被对方重置",
    "Connection timed out": "连接超时",
    "Network is unreachable": "网络不可达",
    "No route to host": "无法到达主机",
    "Stale file handle": "网络文件已失效",
    # XML
    "no element found": "没有元素",
    "not well-formed (invalid token)": "含有无效字符",
    "unclosed token": "标记未结束",
    "partial character": "字符不完整",
    "mismatched tag": "标签不匹配",
    "duplicate attribute": "属性重复",
    "junk after document element": "根元素之后还有内容",
    "undefined entity": "实体未定义",
    "reference to invalid character number": "引用了无效的字符编号",
    "XML or text declaration not at start of entity": "XML 声明不在开头",
    "unclosed CDATA section": "CDATA 未结束",
    "unbound prefix": "前缀未声明",
    "XML declaration not well-formed": "XML 声明有误",
    "unknown encoding": "未知编码",
    "encoding specified in XML declaration is incorrect": "XML 声明的编码不正确",
    # JSON
    "Expecting value": "缺少值",
    "Expecting property name enclosed in double quotes": "缺少双引号内的键名",
    "Expecting ',' delimiter": "缺少逗号",
    "Expecting ':' delimiter": "缺少冒号",
    "Extra data": "后面还有多余内容",
    "Illegal trailing comma before end of object": "末尾多了一个逗号",
    "Illegal trailing comma before end of array": "末尾多了一个逗号",
    "Invalid control character at": "含有控制字符",
    "Invalid \\escape": "转义有误",
    "Invalid \\uXXXX escape": "转义有误",
    "Unterminated string starting at": "字符串未结束",
    # zip files
    "File is not a zip file": "不是 zip 文件",
    "Bad magic number for central directory": "目录的标识有误",
    "Bad magic number for file header": "文件头的标识有误",
    "Bad offset for central directory": "目录的位置有误",
    "Truncated central directory": "目录不完整",
    "Truncated file header": "文件头不完整",
    "zipfiles that span multiple disks are not supported": "不支持分卷的 zip 文件",
    "That compression method is not supported": "不支持该压缩方式",
    "it does not lie where the zip file says": "不在 zip 文件所载的位置",
    # SQLite
    "file is not a database": "文件不是数据库",
    "database disk image is malformed": "数据库文件已损坏",
    "disk I/O error": "磁盘读写错误",
    "unable to open database file": "无法打开数据库文件",
    "attempt to write a readonly database": "数据库只读，无法写入",
    "database or disk is full": "数据库或磁盘已满",
    "database is locked": "数据库已被锁定",
    # TOML
    "Cannot overwrite a value": "重复赋值",
    "Expected '=' after a key in a key/value pair": "键之后缺少 =",
    "Expected ']' at the end of a table declaration": "表名之后缺少 ]",
    "Expected ']]' at the end of an array declaration": "表名之后缺少 ]]",
    "Expected newline or end of document after a statement": "语句之后应换行",
    "Invalid date or datetime": "日期或时间无效",
    "Invalid hex value": "十六进制值无效",
    "Invalid initial character for a key part": "键的首字符无效",
    "Invalid statement": "语句无效",
    "Invalid value": "值无效",
    "Unclosed array": "列表未结束",
    "Unclosed inline table": "内联表未结束",
    "Unescaped '\\' in a string": "字符串中的 \\ 未转义",
    "Unterminated string": "字符串未结束",
    "end of document": "文件末尾",
    "Escaped character is not a Unicode scalar value": "转义的字符不是有效字符",
    # patterns
    "min repeat greater than max repeat": "最少次数大于最多次数",
    # the command line
    "Missing command.": "缺少命令",
}
_TYPES = {
    "str": "文本",
    "int": "整数",
    "float": "数字",
    "bool": " true 或 false",
    "array": "列表",
    "object": "一组设置",
    "null": "空",
    "date": "日期",
    "datetime": "日期和时间",
    "time": "时刻",
    "integer": "整数",
    "float range": "范围内的数字",
    "int range": "范围内的整数",
    "integer range": "范围内的整数",
}
"""Types by the names that msgspec and the command line give them."""
_PATTERNS = {
    # JSON
    r"(.*?):? line (\d+) column (\d+) \(char \d+\)": "{0}（第 {1} 行第 {2} 列）",
    # TOML
    r"(.*) \(at (line .*|end of document)\)": "{0}（{1}）",
    r"line (\d+), column (\d+)": "第 {0} 行第 {1} 列",
    r"Cannot declare (.*) twice": "{0} 重复声明",
    r"Cannot redefine namespace (.*)": "{0} 重复定义",
    r"Cannot mutate immutable namespace (.*)": "{0} 不可再改",
    r"Duplicate inline table key (.*)": "内联表的键 {0} 重复",
    r"Illegal character (.*)": "非法字符 {0}",
    r"Found invalid character (.*)": "无效字符 {0}",
    r"Expected (['\"].*['\"])": "缺少 {0}",
    r"maximum recursion depth exceeded.*": "嵌套层数过多",
    # patterns
    r"bad character range (.*)": "字符范围 {0} 有误",
    r"redefinition of group name (.*) as group .*": "名称 {0} 用了两次",
    # msgspec
    r"Object missing required field `(.*)`": "缺少设置项 {0}",
    r"Object contains unknown field `(.*)`": "{0} 不是已知的设置项",
    r"Expected `([^`]*)`, got `([^`]*)`": "应为{0}，而不是{1}",
    r"Expected `([^`]*)` of length (.*)": "{0}的长度应 {1}",
    r"Expected `([^`]*)` (.*)": "{0}应 {1}",
    r"Invalid enum value (.*)": "{0} 不是可选的值",
    r"(\w+)((?: \| \w+)+)": "{0}{1}",
    r" \| (\w+)": "或{0}",
    # the command line
    r"No such option: (.*) \(Possible options: (.*)\)": "没有选项 {0}（相近的选项：{1}）",
    r"No such option: (.*)": "没有选项 {0}",
    r"No such command '(.*)'\. Did you mean (.*)\?": "没有命令“{0}”；是否指 {1}？",
    r"No such command '(.*)'\.": "没有命令“{0}”",
    r"Missing option '(.*)'\.": "缺少选项 {0}",
    r"Option '(.*)' requires an argument\.": "选项 {0} 缺少值",
    r"Option '(.*)' requires (\d+) arguments\.": "选项 {0} 需要 {1} 个值",
    r"Option '(.*)' does not take a value\.": "选项 {0} 不带值",
    r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)": "多余的参数：{0}",
    r"Invalid value for '?(.*?)'?: (.*)": "{0} 的值无效：{1}",
    r"'(.*)' is not a valid (.*)\.": "“{0}”不是{1}",
    r"'(.*)' is not one of (.*)\.": "“{0}”不在可选值之中：{1}",
    r"(.*) is not in the range (.*)\.": "{0} 不在范围 {1} 之内",
}
_MISSING = r"Missing argument '(.*)'\."
_ALL_PATTERNS = {**answers.PATTERNS, **_PATTERNS}


def in_chinese(text: str) -> str:
    """What somebody else says in Chinese; as it is where it is not known."""
    if known := _TEXTS.get(text) or _TYPES.get(text) or answers.TEXTS.get(text):
        return known
    if match := re.fullmatch(_MISSING, text):
        from clearance.render.chinese import help

        return f"缺少参数 {help.PLACES.get(match[1], match[1])}"
    for pattern, chinese in _ALL_PATTERNS.items():
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return chinese.format(*map(in_chinese, match.groups()))
    return text
