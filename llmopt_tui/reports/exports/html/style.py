"""The look of the page: one column, light or dark as the reader's system is, wide or narrow."""

STYLE = """
:root {
  --paper: #fff; --ink: #1d2126; --pale: #636b74; --line: #dfe3e8; --block: #f5f7f9;
  --accent: #1f6fd6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e4e7eb; --pale: #98a1ab; --line: #31373e; --block: #1e2328;
    --accent: #6cabf7;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
main, footer { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1.25rem; }
footer, .note, small { color: var(--pale); font-size: .875rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .5rem 0 .25rem; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .75rem; padding-top: .9rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
h4, h5, h6 { font-size: 1rem; margin: 1.25rem 0 .35rem; }
p, ul, ol { margin: .6rem 0; max-width: 48rem; }
ul, ol { padding-left: 1.4rem; }
a { color: var(--accent); }
blockquote { margin: .6rem 0; padding-left: 1rem; border-left: 3px solid var(--line);
  color: var(--pale); }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; }
.tiles > div { flex: 1 1 12rem; padding: .85rem 1rem; border: 1px solid var(--line);
  border-radius: .6rem; display: flex; flex-direction: column; }
.tiles > div:first-child { border-color: var(--accent); }
.tiles span { color: var(--pale); font-size: .875rem; }
.tiles strong { font-size: 1.5rem; line-height: 1.35; font-variant-numeric: tabular-nums; }
pre, code { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .4rem 0 .8rem; padding: .75rem .9rem; background: var(--block);
  border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
pre.copy { border: 1px solid var(--line); user-select: all; -webkit-user-select: all; }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .875rem; min-width: 100%; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
th { color: var(--pale); font-weight: 600; white-space: nowrap; }
td:not([style]):not(.number) { min-width: 8.5rem; }
.number { text-align: right; white-space: nowrap; }
.answer { min-width: 14rem; overflow-wrap: anywhere; }
figure { margin: 1rem 0; overflow-x: auto; }
svg { width: 100%; max-width: 40rem; min-width: 30rem; height: auto; display: block; }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0;
  padding: 0 .9rem; }
details.example { margin: .2rem 0; }
summary { cursor: pointer; margin: 0 -.9rem; padding: .5rem .9rem; }
summary span { margin-right: .9rem; font-variant-numeric: tabular-nums; }
details[open] > summary { border-bottom: 1px solid var(--line); }
@media (max-width: 40rem) {
  main, footer { padding: 1rem .9rem; }
  h1 { font-size: 1.5rem; }
  .tiles strong { font-size: 1.25rem; }
  .changes thead { display: none; }
  .changes table, .changes tbody { display: block; }
  .changes tr { display: grid; grid-template-columns: 1fr auto auto auto;
    border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .changes td, .answer { border: 0; min-width: 0 !important; padding: .15rem .4rem .15rem 0; }
  .changes td:nth-child(3)::before { content: "→ "; }
  .changes td:nth-child(n+5) { grid-column: 1 / -1; }
  .changes td:nth-child(5)::before { content: "Before:"; color: var(--pale); }
  .changes td:nth-child(6)::before { content: "After:"; color: var(--pale); }
}
@media print {
  :root { --paper: #fff; --ink: #000; --pale: #444; --line: #bbb; --block: #f4f4f4; }
  body { font-size: 10.5pt; }
  main, footer { max-width: none; padding: 0; }
  h2, h3, h4, summary { break-after: avoid; }
  figure, tr, .tiles > div { break-inside: avoid; }
  .wide { overflow: visible; }
  table { font-size: 8pt; }
  th, td { padding: .2rem .35rem; white-space: normal; }
  td:not([style]):not(.number), .answer { min-width: 0; }
}
"""
