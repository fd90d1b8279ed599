"""The look of a report's page: one style sheet, colours for day, night and paper."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1d2733;--soft:#5b6774;--line:#dfe2e0;
--card:#ffffff;--accent:#1f5f8b;--before:#8a8f98;--band:#1f5f8b;--good:#1e6b45;--bad:#a3341f;
--goodbg:#e2f1e8;--badbg:#fae6e0;--plainbg:#eceeee;--shade:#1d273333;
--submitted:#9aa3ad;--accepted:#8db4d6;--review:#3f7fb5;--reviewed:#a9c9a4;--unknown:#c9cdd1;
--suspended:#24507a;--action:#d9a441;--inspection:#8567a8;--released:#4f9d8f;--rejected:#c2713c}
@media(prefers-color-scheme:dark){:root{--paper:#14191f;--ink:#e6e9ec;--soft:#9aa5b1;--line:#2b333c;
--card:#1b2229;--accent:#7db8e0;--before:#7f8994;--band:#7db8e0;--good:#8fd3ae;--bad:#f0a18f;
--goodbg:#1d3a2b;--badbg:#47251d;--plainbg:#2a323a;--shade:#000a;
--submitted:#7c8792;--accepted:#6f9dc4;--review:#4a86bb;--reviewed:#86a881;--unknown:#59636d;
--suspended:#345f8a;--action:#c9973b;--inspection:#9a7fbd;--released:#54a294;--rejected:#c27a4c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","PingFang SC","Microsoft YaHei",
"Noto Sans CJK SC","Source Han Sans SC",sans-serif}
main{max-width:1040px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:clamp(1.65rem,4.6vw,2.5rem);line-height:1.18;letter-spacing:-.015em;
margin:.15em 0 .5em;font-weight:700;text-wrap:balance}
h3{font-size:.95rem;font-weight:600;margin:1.6em 0 0}h3+.said{margin:.2em 0 0}
h3+.scroll,.said+.scroll{margin-top:6px}
h2{font-size:1.22rem;line-height:1.3;margin:0 0 .35em;font-weight:650}
p{margin:0 0 .6em}
.about{color:var(--soft);font-size:.85rem;letter-spacing:.01em;margin:0}
.lead{font-size:1.03rem;max-width:44em}
.lead+.lead{color:var(--soft)}
.said{color:var(--soft);font-size:.9rem;max-width:46em;margin-bottom:1em}
section{margin-top:52px;border-top:1px solid var(--line);padding-top:24px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(146px,1fr));gap:12px;
margin:28px 0 0}
.cards div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
dt{color:var(--soft);font-size:.8rem}
dd{margin:0;font-variant-numeric:tabular-nums}
.value{font-size:1.15rem;font-weight:650;line-height:1.3;letter-spacing:-.01em}
.was,.what,.hint{color:var(--soft);font-size:.78rem}
.what{line-height:1.3;margin-bottom:.25em}.hint{display:none;margin:14px 0 0}
.scroll{overflow-x:auto;margin:18px 0 0}
table{border-collapse:collapse;width:100%;font-size:.85rem;font-variant-numeric:tabular-nums;
word-break:keep-all}
table.small{max-width:34em}
.plot{display:flex}.plot>:last-child{flex:1;min-width:0}
th{color:var(--soft);font-weight:500;text-align:left;vertical-align:bottom;line-height:1.25;
border-bottom:1px solid var(--line)}
th,td{padding:6px 14px 6px 0}
th:last-child,td:last-child{padding-right:2px}
td{border-bottom:1px solid var(--line);vertical-align:top}
tbody tr:last-child td{border-bottom:0}
.n{text-align:right;white-space:nowrap}th.n{white-space:normal}
.wrap td:first-child,.wrap .verdict{white-space:normal}
td:first-child{white-space:nowrap}
.verdict{display:inline-block;padding:0 8px;border-radius:9px;background:var(--plainbg);
white-space:nowrap}
.verdict.faster{background:var(--goodbg);color:var(--good)}
.verdict.slower{background:var(--badbg);color:var(--bad)}
.notes,.method{color:var(--soft);font-size:.85rem;padding-left:1.1em;margin:14px 0 0}
.method{font-size:.9rem;max-width:48em}
.method li{margin-bottom:.5em}
footer{color:var(--soft);font-size:.78rem;margin-top:28px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;margin:0 0 10px;
font-size:.85rem}
.legend li{display:flex;align-items:center;gap:7px}
.key{width:14px;height:14px;border-radius:3px;display:inline-block;flex:none}
.key.c0,.key.c1{height:3px;width:22px;border-radius:2px;background:var(--accent)}
.key.c1{background:var(--before)}
.chart{display:block;overflow:visible}
.chart text{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}
.titles{display:flex;gap:12px;font-size:13px;line-height:26px;white-space:nowrap}
.titles .name{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;font-weight:550}
.grid{stroke:var(--line);stroke-width:1}
.base{stroke:var(--soft);stroke-width:1}
.curve{fill:none;stroke-width:2.4;stroke:var(--accent);stroke-linejoin:round}
.curve.c1{stroke:var(--before);stroke-width:2}
.band{fill:var(--band);fill-opacity:.14}
.part{stroke:var(--paper);stroke-width:1}
.box{fill:var(--accent);fill-opacity:.28;stroke:var(--accent);stroke-width:1}
.whisker{stroke:var(--accent);stroke-width:1.4}
.dashed{stroke-dasharray:4 4}
.median{stroke:var(--ink);stroke-width:2.4}
.week rect{width:var(--wide);height:var(--high);rx:3px;fill:var(--accent)}
.week rect:not([fill-opacity]){fill-opacity:.04}
.submitted,.draft{fill:var(--submitted);background:var(--submitted)}
.accepted{fill:var(--accepted);background:var(--accepted)}
.under-review{fill:var(--review);background:var(--review)}
.reviewed{fill:var(--reviewed);background:var(--reviewed)}
.unknown{fill:var(--unknown);background:var(--unknown)}
.suspended{fill:var(--suspended);background:var(--suspended)}
.action-due{fill:var(--action);background:var(--action)}
.inspection{fill:var(--inspection);background:var(--inspection)}
.released,.cleared{fill:var(--released);background:var(--released)}
.rejected,.withdrawn{fill:var(--rejected);background:var(--rejected)}
summary{cursor:pointer;color:var(--soft);font-size:.85rem;margin-top:12px}
.whole{white-space:nowrap}
.behind{columns:12rem;list-style:none;margin:4px 0 12px;padding:0}
main a{color:inherit;text-decoration:underline dotted}
.lists span:target~details::details-content{content-visibility:visible;display:block;height:auto}
.lists span:target~details>summary{color:var(--ink);outline:2px solid var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media(max-width:1000px){.cards{grid-template-columns:repeat(3,1fr)}}
@media(max-width:560px){main{padding:24px 16px 48px}section{margin-top:40px}
.cards{grid-template-columns:repeat(2,1fr)}.lead{font-size:1rem}.hint{display:block}
.scroll{background:
linear-gradient(90deg,var(--paper) 30%,transparent) 0 0/40px 100% local no-repeat,
linear-gradient(270deg,var(--paper) 30%,transparent) 100% 0/40px 100% local no-repeat,
linear-gradient(90deg,var(--shade),transparent) 0 0/16px 100% scroll no-repeat,
linear-gradient(270deg,var(--shade),transparent) 100% 0/16px 100% scroll no-repeat}}
@media print{@page{size:A4;margin:14mm}:root{--paper:#fff;--card:#fff}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}section{margin-top:22px;padding-top:14px}
.chart,tr,.cards div,.legend{break-inside:avoid}h2,h3,.said,.legend{break-after:avoid}
.said{break-inside:avoid}
.cards{grid-template-columns:repeat(6,1fr);gap:5px}.cards div{padding:7px 7px}
.value{font-size:.9rem}.was,.what{font-size:.62rem}.hint{display:none}
.scroll{overflow:visible}table{font-size:7.6pt}th,td{padding:3px 8px 3px 0}
summary{display:none}details::details-content{content-visibility:visible;display:block;height:auto}
.lists{display:none}main a,.chart a text{text-decoration:none}}
"""
