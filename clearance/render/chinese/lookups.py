"""Chinese templates of what is said about numbers and commands that are not known."""

from __future__ import annotations

CHINESE = {
    "as of {at}: {why}": "截至 {at}：{why}",
    "no declaration is known by {number!r}": "没有编号为“{number}”的报关单",
    "no declaration is known by {number!r}; close to it: {near}": (
        "没有编号为“{number}”的报关单；相近的有：{near}"
    ),
    "no declaration is known by {number!r}, and no name begins so: clearance list --find looks "
    "inside names too": (
        "没有编号为“{number}”的报关单，也没有以此开头的名称："
        "clearance list --find 可查名称中间的文字"
    ),
    "no declaration is known by {number!r}: give a number; clearance list --find looks inside "
    "names": "没有编号为“{number}”的报关单：请给出编号；clearance list --find 可查名称中的文字",
    "no bill of lading is known of {number!r}": "“{number}”没有已知的提运单号",
    "{number!r} is the end of several numbers: {near}": "“{number}”是多个编号的末尾：{near}",
    "{number!r} is the end of {near}: give six digits at least, or all of it": (
        "“{number}”是 {near} 的末尾：请至少给出六位或完整编号"
    ),
    "no declaration is known by {number!r}, which a spreadsheet may have cut: make the column "
    "text": "没有编号为“{number}”的报关单：编号可能已被电子表格截断，请将该列设为文本",
    "no declaration is known by {number!r}, which a spreadsheet may have cut: make the column "
    "text; it begins like: {near}": (
        "没有编号为“{number}”的报关单：编号可能已被电子表格截断，请将该列设为文本；"
        "开头相同的有：{near}"
    ),
    "there is no command {name}; did you mean {close}? See {of} --help": (
        "没有 {name} 这个命令；您是否要用 {close}？见 {of} --help"
    ),
    "there is no command {name}: see {of} --help": "没有 {name} 这个命令：见 {of} --help",
    "nothing to look up: give a number": "没有要查的编号：请给出编号",
    "nothing to set: no cell under a heading that is known": (
        "没有可保存的内容：可识别的表头下没有填写任何单元格"
    ),
    "the workbook is too large: {limit} MB inflated at most": ("工作簿过大：解压后最多 {limit} MB"),
    "a cell far away, {cell}: delete the rows and columns beyond the plans": (
        "远处有单元格 {cell}：请删除计划以外的行和列"
    ),
    "{number} is not known and may have lost its last digits in a spreadsheet: make the column "
    "text; it begins like {near}": (
        "{number} 没有对应的报关单，末尾数字可能已被电子表格截断：请将该列设为文本；"
        "开头相同的有 {near}"
    ),
    "{number} is not known and may have lost its last digits in a spreadsheet: make the column "
    "text, or set it with clearance plan set": (
        "{number} 没有对应的报关单，末尾数字可能已被电子表格截断：请将该列设为文本，"
        "或用 clearance plan set 设置"
    ),
    "{number} was cut by a spreadsheet: give all of its digits": (
        "{number} 已被电子表格截断：请给出完整编号"
    ),
    "give a file that ends in .xlsx or .csv, not {file}": (
        "请给出 .xlsx 或 .csv 文件，而不是 {file}"
    ),
    "{folder}: there is no such folder now": "{folder}：目前没有这个文件夹",
    "a scheduler runs elsewhere and does not find {places}: write whole paths into the settings": (
        "计划任务不在当前文件夹中运行，找不到 {places}；请在设置中写完整路径"
    ),
    "what is set comes from variables that a scheduler does not have: {names}; set "
    "them there, or for a secret of the settings say file:PATH": (
        "部分内容取自环境变量，而计划任务中没有这些变量：{names}；请在该处设置，设置中的密钥可改用 "
        "file:路径"
    ),
    "{option} {written}: choose {choices}": "{option} {written}：可选：{choices}",
}
"""Chinese templates by English template, with the same values in braces."""
