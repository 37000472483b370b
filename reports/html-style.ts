/** How report.html looks: one column of text, colours only beside words that say the same, fonts of the machine. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --raised: #f5f5f2; --ink: #1d2023; --soft: #5b6168; --line: #dcdcd6;
  --good: #1b6a3f; --bad: #a3282b; --doubt: #855500;
  --in: #3f83b5; --out: #b4b3ab; --step: #3f83b51f; --back: #8555001f;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --raised: #1e2125; --ink: #e3e5e7; --soft: #9ba2aa; --line: #33373c;
    --good: #7fcb9f; --bad: #f29a96; --doubt: #e2b765;
    --in: #4d90c4; --out: #6a7077; --step: #4d90c42b; --back: #e2b76526;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 54rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
h1, h2, h3, h4, p, dl, dd { margin: 0; }
h1 { font-size: 1.65rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
h2 { font-size: 1.2rem; font-weight: 650; margin: 3rem 0 0.9rem; padding-bottom: 0.4rem; border-bottom: 1px solid var(--line); }
h2 .count { color: var(--soft); font-weight: 400; }
h3 { font-size: 1.05rem; line-height: 1.4; font-weight: 600; text-wrap: pretty; }
h4 { font-size: 0.9rem; font-weight: 600; }
a { color: inherit; text-underline-offset: 0.15em; text-decoration-color: var(--soft); }
code, .verbatim { font-family: var(--mono); font-size: 0.86em; overflow-wrap: anywhere; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-weight: 400; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .doubt { --tone: var(--doubt); } .quiet { --tone: var(--soft); }
.word { color: var(--tone); font-weight: 600; white-space: nowrap; }

.verdict { border-left: 0.3rem solid var(--tone); padding: 0.1rem 0 0.1rem 1.25rem; }
.verdict .kicker { color: var(--soft); font-size: 0.9rem; margin-bottom: 0.4rem; overflow-wrap: anywhere; }
.verdict h1 { color: var(--tone); }
.verdict .next { margin-top: 0.6rem; text-wrap: pretty; }

.totals { margin-top: 1.75rem; border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.totals th, .totals td { padding: 0.25rem 0 0.25rem 1.5rem; text-align: right; font-weight: 400; }
.totals th:first-child { padding-left: 0; text-align: left; }
.totals thead th { color: var(--soft); }
.totals tbody th { font-weight: 600; }
.totals td.none { color: var(--soft); }
.totals td:not(.none) { color: var(--tone); font-weight: 650; }

.facts { display: grid; grid-template-columns: 9rem 1fr; gap: 0.3rem 1.25rem; align-items: baseline; font-size: 0.92rem; }
.facts dt { color: var(--soft); }
.facts dd { min-width: 0; overflow-wrap: anywhere; }

.clause { border-left: 0.2rem solid var(--tone); padding-left: 1.1rem; margin-top: 1.9rem; }
.clause > .soft { font-size: 0.88rem; margin-top: 0.2rem; overflow-wrap: anywhere; }
.finding { margin-top: 1rem; padding-top: 0.9rem; border-top: 1px solid var(--line); }
.finding h4 { overflow-wrap: anywhere; }
.finding h4 code { font-size: 0.95rem; }
.finding > summary { font-size: 0.92rem; overflow-wrap: anywhere; }
.finding .reason { margin-top: 0.3rem; font-size: 0.92rem; }
.finding .facts { grid-template-columns: 5.5rem 1fr; margin-top: 0.55rem; }
.command {
  display: block; margin-top: 0.7rem; overflow-wrap: anywhere; padding: 0.55rem 0.75rem; background: var(--raised);
  border: 1px solid var(--line); border-radius: 0.3rem; user-select: all; cursor: copy;
}
.facts .command { margin-top: 0; font-size: 0.93em; }
details summary { cursor: pointer; }
details > .value { display: block; margin-top: 0.4rem; padding: 0.6rem 0.75rem; background: var(--raised); border-radius: 0.3rem; }

.list { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
.list th { text-align: left; font-weight: 400; color: var(--soft); }
.list th, .list td { padding: 0.35rem 1rem 0.35rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
.list th:last-child, .list td:last-child { padding-right: 0; }
.list td { overflow-wrap: anywhere; }
.list.judged td:first-child { width: 7rem; }
.list .took { white-space: nowrap; font-variant-numeric: tabular-nums; }
.list code { font-size: 0.92em; }
.list .below { display: block; color: var(--soft); }

.note { font-size: 0.9rem; margin-top: 0.7rem; }
.list .figure { font-variant-numeric: tabular-nums; }
.list .figure .label { display: none; color: var(--soft); }
.list.numbers td:not(:first-child), .list.numbers th:not(:first-child) { text-align: right; }
.finding .place { margin-top: 0.55rem; font-size: 0.92rem; }
.course { border-top: 1px solid var(--line); padding: 0.7rem 0; }
.course > summary { list-style-position: outside; margin-left: 1.1rem; overflow-wrap: anywhere; }
.course > summary .way { font-weight: 600; }
.course > summary .below { display: block; color: var(--soft); font-size: 0.88rem; margin-top: 0.1rem; }
.course > :not(summary) { margin-top: 0.9rem; }
.course .more > summary { font-size: 0.9rem; color: var(--soft); }
.course .more .list { margin: 0.6rem 0 1.2rem; }
.legend ul { list-style: none; margin: 0; padding: 0; columns: 2; column-gap: 2rem; font-size: 0.9rem; }
.legend li { break-inside: avoid; padding: 0.15rem 0 0.15rem 2.9rem; text-indent: -2.9rem; }
.legend svg { vertical-align: -0.15rem; margin-right: 0.35rem; overflow: visible; }

.timeline, .legend svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.timeline { display: block; font-size: 11px; font-variant-numeric: tabular-nums; }
.timeline text { fill: var(--ink); }
.timeline .name { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.timeline .counts { fill: var(--soft); font-weight: 400; }
.timeline .when { fill: var(--soft); }
.timeline .step { font-weight: 600; }
.timeline .number { fill: var(--in); }
.timeline .back .number { fill: var(--doubt); }
.band.forward { fill: var(--step); } .band.back { fill: var(--back); }
.edge { stroke: var(--soft); stroke-opacity: 0.5; stroke-dasharray: 2 3; }
.in { fill: var(--in); } .out { fill: var(--out); }
.none { fill: var(--paper); stroke: var(--soft); stroke-dasharray: 2 2; vector-effect: non-scaling-stroke; }
.timeline path.bad { fill: var(--bad); }
.base, .tick { stroke: var(--soft); vector-effect: non-scaling-stroke; }
.wrong rect { fill: var(--bad); fill-opacity: 0.16; }
.wrong line { stroke: var(--bad); stroke-width: 1.5px; }
.timeline .wrong text, .wrong text { fill: var(--bad); font-size: 11px; font-weight: 700; }
.wrong { scroll-margin-top: 11rem; }
.wrong:target rect { fill-opacity: 0.4; }
.wrong:target text { text-decoration: underline; }
.held { fill: var(--raised); stroke: var(--line); }
.either { stroke: var(--doubt); stroke-width: 14px; stroke-dasharray: 2 3; stroke-opacity: 0.75; }
.window { stroke: var(--doubt); stroke-width: 3px; stroke-dasharray: 1 2; }
.fault { fill: var(--doubt); fill-opacity: 0.35; stroke: var(--doubt); }
.unwitnessed { fill: var(--paper); stroke: var(--doubt); stroke-dasharray: 3 3; }
.taking-hold { stroke: var(--doubt); stroke-width: 12px; stroke-dasharray: 1 3; }
.mending { stroke: var(--doubt); stroke-width: 3px; }
.onset { stroke: var(--doubt); stroke-width: 1.5px; }
.asked { fill: none; stroke-width: 2px; vector-effect: non-scaling-stroke; }
.asked.accepted { stroke: var(--in); } .asked.refused { stroke: var(--soft); }
.asked.unavailable { stroke: var(--doubt); } .asked.unanswered { stroke: var(--ink); stroke-dasharray: 3 3; }
.legend svg text { fill: var(--ink); font-size: 11px; }
.legend svg[height="30"] { vertical-align: -0.8rem; }
div.legend { margin: 1.2rem 0 1.6rem; }
h3.axis { font-size: 0.95rem; margin: 1rem 0 0.5rem; }
.ordeal + .ordeal { margin-top: 1.4rem; }
.list.matrix { margin: 1.2rem 0 1.8rem; }
.list.matrix th { vertical-align: bottom; }
.list.matrix th:nth-child(n + 3) { writing-mode: vertical-rl; transform: rotate(180deg); vertical-align: top; padding: 0.35rem 0; white-space: nowrap; }
.list.matrix td:nth-child(n + 3) { padding-right: 0.5rem; }
.list.took-hold { margin-bottom: 1.8rem; }
.list.took-hold th:nth-child(1) { width: 24%; } .list.took-hold th:nth-child(2) { width: 32%; }
footer { margin-top: 3.5rem; color: var(--soft); font-size: 0.88rem; }

@media (max-width: 36rem) {
  body { padding-top: 1.5rem; }
  h1 { font-size: 1.4rem; }
  .verdict { padding-left: 0.9rem; }
  .totals { width: 100%; font-size: 0.82rem; }
  .totals th, .totals td { padding-left: 0.5rem; }
  .facts { grid-template-columns: 6.2rem 1fr; gap: 0.3rem 0.8rem; }
  .finding .facts { grid-template-columns: 4.4rem 1fr; }
  .clause { padding-left: 0.9rem; }
  .list, .list tbody, .list tr, .list td { display: block; }
  .list thead { display: none; }
  .list tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .list td, .list.judged td:first-child { padding: 0; border: 0; }
  .list.judged tr { display: grid; grid-template-columns: 4.6rem 1fr; align-items: baseline; column-gap: 0.7rem; }
  .list.judged td { grid-column: 2; }
  .list.judged td:first-child { grid-column: 1; }
  .list .word { white-space: normal; }
  .list.judged td:nth-child(n + 3) { color: var(--soft); }
  .list .figure .label { display: inline; }
  .list.matrix .figure { display: block; } .list.matrix .unspoken { display: none; }
  .list.numbers td:not(:first-child) { display: inline-block; margin-right: 0.9rem; text-align: left; }
  .legend ul { columns: 1; }
  .timeline .traffic, .timeline .wide { display: none; }
}
@media print {
  body { max-width: none; padding: 0; }
  .finding, .list tr, .timeline { break-inside: avoid; }
}
`;
