// The report's style sheet. One column on a phone, two or more where there is room;
// light or dark as the reader's system asks; on paper black on white, nothing folded.

import { colourVariables, darkColours, lightColours } from './method-style.ts'

const light = `color-scheme:light;--page:#fbfbfa;--card:#fff;--ink:#1b232c;--soft:#5a6672;--line:#e2e6ea;--strong:#c9d0d7;--accent:#0b5cad;--best:#eaf3ec;--best-ink:#0f5a34;--warn:#8c4a00;--warn-page:#fdf4e7;${colourVariables(lightColours)}`
const dark = `color-scheme:dark;--page:#0f1418;--card:#161c22;--ink:#e2e8ee;--soft:#98a5b3;--line:#27303a;--strong:#3a4653;--accent:#6db3f7;--best:#15302a;--best-ink:#7fdcb0;--warn:#f0b465;--warn-page:#2b2115;${colourVariables(darkColours)}`

export const styleSheet = `
:root{${light}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:3.75rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
.wrap{max-width:1180px;margin:0 auto;padding:0 1.25rem}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
h1{font-size:clamp(1.75rem,1.3rem + 2vw,2.6rem);line-height:1.15;letter-spacing:-.02em;margin:0 0 .5rem;font-weight:680}
h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.012em;margin:0 0 .5rem;font-weight:650}
h3{font-size:1.125rem;line-height:1.35;margin:2.25rem 0 .35rem;font-weight:640}
h4{font-size:.95rem;margin:1.5rem 0 .5rem;font-weight:620}
p{margin:.4rem 0 .8rem;max-width:74ch}
.soft,figcaption,caption,.note{color:var(--soft)}
.note{font-size:.9rem}
code{font:.88em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.85rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.75rem 0}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:9}
header.top{padding:3rem 0 1.75rem}
.brand{font-size:.8rem;letter-spacing:.09em;text-transform:uppercase;color:var(--soft);margin:0 0 .75rem;font-weight:600}
.lead{font-size:1.075rem;color:var(--soft);max-width:68ch;margin-bottom:1.5rem}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:1rem 1.5rem;margin:0;padding:1.1rem 0 0;border-top:1px solid var(--line)}
dl.facts dt{font-size:.75rem;color:var(--soft);margin:0}
dl.facts dd{margin:.1rem 0 0;font-variant-numeric:tabular-nums;font-size:.95rem;overflow-wrap:anywhere}
nav.contents{position:sticky;top:0;z-index:5;background:color-mix(in srgb,var(--page) 92%,transparent);backdrop-filter:blur(8px);border-bottom:1px solid var(--line)}
nav.contents ul{display:flex;gap:.25rem 1.25rem;list-style:none;margin:0;padding:.7rem 0;overflow-x:auto;scrollbar-width:none;white-space:nowrap;font-size:.9rem}
nav.contents a{text-decoration:none;color:var(--soft)}nav.contents a:hover{color:var(--accent)}
section{padding:2.75rem 0 0}section:last-of-type{padding-bottom:3rem}
section>.card,section>figure.card{margin:1rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.1rem 1.25rem}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
.card>.scroll{margin:0 -1.25rem -.4rem;padding:0 1.25rem}
.tables{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr);margin:.9rem 0}
table{border-collapse:collapse;width:100%;font-size:.93rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-size:.88rem;padding:0 0 .55rem;caption-side:top}
caption>span{display:inline-block;position:sticky;left:0;max-width:min(100%,calc(100vw - 4.2rem))}
caption b{color:var(--ink);font-weight:640;font-size:.98rem}
th,td{padding:.5rem .65rem;text-align:right;vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
thead th{font-size:.78rem;font-weight:600;color:var(--soft);border-bottom:1px solid var(--strong);vertical-align:bottom;line-height:1.3}
tbody tr+tr>*{border-top:1px solid var(--line)}
tbody th{font-weight:560;text-align:left}
.text{text-align:left}.wraps{white-space:normal;min-width:11rem}
td small,th small{display:block;font-size:.76rem;font-weight:400;color:var(--soft);line-height:1.35;letter-spacing:-.005em}
tr.best>td,tr.best>th,td.best{background:var(--best)}
tr.best>:first-child{box-shadow:-.65rem 0 var(--best);border-radius:0}tr.best>:last-child{box-shadow:.65rem 0 var(--best)}
tr.best b,td.best{color:var(--best-ink);font-weight:680}
tr.out>*{color:var(--soft)}
tr.group th{padding-top:1.15rem;color:var(--ink);font-size:.9rem;font-weight:640;border-top:0}tbody:first-of-type tr.group th{padding-top:.8rem}
tr.group th span{position:sticky;left:0}tr.group small{display:inline;margin-left:.4rem;font-size:.8rem}
tbody+tbody tr.group th{border-top:1px solid var(--strong)}
.matrix td,.matrix thead th:not(.row){text-align:center;padding-left:.4rem;padding-right:.4rem}.matrix thead tr:first-child th[colspan]{border-bottom:1px solid var(--line);padding-bottom:.25rem}.matrix thead a{text-decoration:none}
.matrix td{padding-right:.4rem!important}
.rank{width:2.2rem;text-align:left;font-weight:640}
.sticky th.row{position:sticky;left:0;background:var(--card);z-index:1}
.sticky tr.best>th.row{background:var(--best)}
.badge{display:inline-block;font-size:.76rem;line-height:1.3;padding:.1rem .45rem;border-radius:99px;background:var(--warn-page);color:var(--warn);white-space:normal}
.key{display:inline-flex;align-items:center;gap:.45rem}.key svg{flex:none}
ul.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.25rem;list-style:none;padding:0;margin:.6rem 0 1rem;font-size:.9rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:1rem;margin:.75rem 0 1rem}
figure{margin:0}
figure.chart{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.9rem .9rem .5rem;max-width:580px}
figure.chart figcaption{font-size:.9rem;margin-bottom:.25rem;color:var(--soft)}figure.chart figcaption b{color:var(--ink);font-weight:630}
figure.chart svg{display:block;width:100%;height:auto;overflow:visible;font-family:inherit}
figure.chart svg{max-width:490px;margin:0 auto}svg text{white-space:pre}
@media screen and (min-width:720px){.charts:has(>:last-child:nth-child(2)),.charts:has(>:last-child:nth-child(4)){grid-template-columns:1fr 1fr}}
details{border:1px solid var(--line);border-radius:12px;background:var(--card);margin:.75rem 0}
summary{cursor:pointer;padding:.75rem 1.1rem;font-weight:600;font-size:.95rem}summary .soft{font-weight:400}
details>.inside{padding:.1rem 1.25rem 1.1rem}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:1.1rem;margin:.25rem 0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:.4rem;align-items:start}
.pair figure,.single{min-width:0}
.shot img{display:block;width:100%;height:auto;border-radius:6px;background:#000}
.shot figcaption{font-size:.76rem;line-height:1.35;padding-top:.25rem}
.shot.lost{border:1px dashed var(--strong);border-radius:6px;padding:1rem .75rem;font-size:.82rem;color:var(--warn)}
.work h4{margin:0 0 .1rem;font-size:.95rem}.work p{margin:0 0 .45rem;font-size:.84rem;font-variant-numeric:tabular-nums}
.defs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:1rem;margin:1rem 0}
.defs .card{padding:.9rem 1.1rem}.defs h4{margin:0 0 .3rem}.defs dl{margin:0;font-size:.88rem}.defs dt{color:var(--soft);font-size:.76rem;margin-top:.4rem}.defs dd{margin:0}
ul.plain{padding-left:1.1rem;margin:.5rem 0;max-width:80ch}ul.plain li{margin:.3rem 0}
footer{border-top:1px solid var(--line);padding:1.25rem 0 3rem;font-size:.85rem;color:var(--soft)}
@media (max-width:640px){
.wrap{padding:0 1rem}header.top{padding:1.9rem 0 1.25rem}section{padding-top:2.1rem}
.card{padding:.95rem 1rem}.card>.scroll{margin:0 -1rem -.3rem;padding:0 1rem}
#images .card{background:none;border:0;padding:0}
dl.facts{grid-template-columns:1fr 1fr;gap:.8rem 1rem}
table{font-size:.88rem}th,td{padding:.45rem .5rem}
details>.inside{padding:.1rem 1rem 1rem}
.sticky th.row{white-space:normal;min-width:7.4rem;max-width:9rem;padding-right:.6rem}.sticky .key{gap:.35rem;align-items:flex-start}.sticky .key svg{width:20px;height:12px;margin-top:.25em}
.scores thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.scores,.scores caption,.scores tbody{display:block}
.scores tr:not(.group){display:grid;grid-template-columns:1.5rem 1.2fr 1.2fr 1fr;gap:.15rem .5rem;padding:.65rem 0}
.scores tr.group,.scores tr.group th{display:block}
.scores tr:not(.group)>*{padding:0;border:0!important;text-align:left;max-width:none;box-shadow:none!important}
.scores tbody tr+tr:not(.group){border-top:1px solid var(--line)}
.scores tr>th.row{grid-column:2/-1;position:static;font-size:.98rem}.scores th.row small{display:none}.scores th.row small:has(.badge){display:block}
.scores td:nth-child(3),.scores td:nth-child(6){grid-column:2}
.scores td.wide{display:none}
.scores td[data-label]::before{content:attr(data-label);display:block;font-size:.7rem;line-height:1.3;color:var(--soft);font-weight:400}
.scores tr.best{background:var(--best);margin:0 -1rem;padding:.65rem 1rem!important}
}
@media print{
body{font-size:10.5pt;background:#fff}.wrap{max-width:none;padding:0}nav.contents,.skip{display:none}
section{padding-top:1.4rem}.card,figure.chart,details{border-color:#bbb;border-radius:4px;background:none}
h2,h3,h4,summary,caption{break-after:avoid}figure,tr,.work,.defs .card{break-inside:avoid}
.scroll{overflow:visible}table{font-size:8.5pt}th,td{white-space:normal;padding:.25rem .4rem}
.charts,.gallery{grid-template-columns:1fr 1fr}
details::details-content{content-visibility:visible;display:block;height:auto}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`
