/** The one style sheet of all pages. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f7f7f5, #141517);
  --panel: light-dark(#ffffff, #1c1e21);
  --hover: light-dark(#f4f5f3, #24272a);
  --ink: light-dark(#1f2328, #e4e5e3);
  --soft: light-dark(#5f666d, #9aa0a6);
  --line: light-dark(#e3e4e1, #303337);
  --accent: light-dark(#1a5fb4, #82b4f2);
  --on-accent: light-dark(#ffffff, #10151b);
  --bad: light-dark(#b3261e, #f0857c);
  --risk: light-dark(#96560a, #e5a64f);
  --done: light-dark(#55a86f, #3f8f5a);
  --failed: light-dark(#cf3f35, #d9534a);
  --retrying: light-dark(#e0952f, #cf8b34);
  --running: light-dark(#4a87dd, #4f8ae0);
  --queued: light-dark(#9a8bcd, #8676bd);
  --waiting: light-dark(#c9cdd1, #4d5258);
  --cancelled: light-dark(#8d9297, #73787e);
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; align-items: baseline; padding: .65rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--panel); color: var(--soft); }
header .home { font-weight: 650; font-size: 1.05rem; color: var(--ink); margin-right: auto; }
header .now { font-variant-numeric: tabular-nums; }
main { padding: 1.5rem; max-width: 1240px; margin: 0 auto; }
main:focus { outline: none; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--panel); padding: .3rem .6rem; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 2rem 0 .6rem; font-weight: 650; overflow-wrap: anywhere; }
h3 { font-size: .92rem; margin: 1.2rem 0 .5rem; font-weight: 600; color: var(--soft); }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.soft { color: var(--soft); }
.crumbs { margin: 0 0 .35rem; }
.crumbs a + a::before { content: '/'; color: var(--soft); margin: 0 .45rem 0 .2rem; }
.title { display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; align-items: center; justify-content: space-between; margin-bottom: 1rem; }
.title .actions { margin: 0; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; }
.scroll { overflow-x: auto; padding: 0; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .5rem 1.1rem; text-align: left; vertical-align: top; font-weight: normal; }
thead th { color: var(--soft); font-size: .86em; padding-top: .6rem; padding-bottom: .45rem; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tbody tr:hover { background: var(--hover); }
tbody th { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.grid td, .grid th { vertical-align: middle; }
.grid .group { background: var(--ground); }
.grid .group th { padding-top: .55rem; padding-bottom: .45rem; font-weight: 650; }
.grid .group .soft { font-weight: normal; margin-left: .6rem; font-size: .93em; }
.grid .runs { text-align: right; }
.grid td.wide { white-space: nowrap; font-variant-numeric: tabular-nums; }
.grid tbody th[scope=row] { padding-left: 1.9rem; }
.standing { min-width: 15rem; }
.cells { display: flex; gap: 3px; justify-content: flex-end; }
.cell { display: grid; place-items: center; width: 16px; height: 16px; flex: none; border-radius: 3px; background: var(--state); color: #fff; font: 700 11px/1 system-ui, sans-serif; }
.cell:hover { text-decoration: none; filter: brightness(1.12); box-shadow: 0 0 0 2px var(--panel), 0 0 0 3px var(--soft); }
.cell.s-failed::after { content: '×'; }
.cell.s-retrying::after { content: '↻'; }
.cell.s-cancelled::after { content: '–'; }
.state { white-space: nowrap; }
.state::before { content: ''; display: inline-block; width: .7rem; height: .7rem; margin-right: .4rem; border-radius: 3px; background: var(--state); vertical-align: -.06em; }
.s-done, .s-active { --state: var(--done); }
.s-failed { --state: var(--failed); }
.s-retrying { --state: var(--retrying); }
.s-exporting, .s-exported, .s-loading { --state: var(--running); }
.s-exporting.cell { background: linear-gradient(to top, var(--state) 40%, color-mix(in srgb, var(--state) 45%, transparent) 40%); }
.s-exported.cell, .s-loading.cell { background: linear-gradient(to top, var(--state) 72%, color-mix(in srgb, var(--state) 45%, transparent) 72%); }
.s-queued { --state: var(--queued); }
.s-waiting { --state: var(--waiting); }
.s-cancelled, .s-paused { --state: var(--cancelled); }
.late { box-shadow: 0 0 0 1.5px var(--panel), 0 0 0 3px var(--failed); }
.at-risk { box-shadow: 0 0 0 1.5px var(--panel), 0 0 0 3px var(--retrying); }
.state.s-late::before { background: none; border: 2px solid var(--failed); }
.chips { display: flex; flex-wrap: wrap; gap: .45rem; margin: 0 0 1rem; }
.chip { display: inline-flex; align-items: center; gap: .4rem; border: 1px solid var(--line); border-radius: 99px; padding: .15rem .75rem; color: var(--ink); background: var(--panel); }
.chip:hover { text-decoration: none; border-color: var(--soft); }
.chip[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.chip b { font-weight: 600; font-variant-numeric: tabular-nums; color: var(--soft); }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .55rem; font-size: .82rem; font-weight: normal; line-height: 1.5; color: var(--soft); white-space: nowrap; vertical-align: middle; }
.badge.bad { color: var(--bad); border-color: currentColor; }
.badge.risk { color: var(--risk); border-color: currentColor; }
.notice { border: 1px solid var(--line); border-left: 3px solid var(--accent); border-radius: 4px 8px 8px 4px; padding: .6rem 1rem; background: var(--panel); margin: 0 0 1rem; overflow-wrap: anywhere; }
.notice.bad { border-left-color: var(--failed); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; overflow-x: auto; font: 12.5px/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; margin: 0; tab-size: 2; }
code { font: .92em ui-monospace, 'SF Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere; }
td code { white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .3rem 1.5rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.slots { display: inline-flex; gap: 3px; vertical-align: middle; }
.slots i { width: 11px; height: 11px; border-radius: 3px; border: 1px solid var(--line); background: var(--ground); }
.slots i.used { background: var(--running); border-color: transparent; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 1rem 0 0; }
.confirm { gap: 1.2rem; }
.fields { display: flex; flex-wrap: wrap; gap: .8rem 1.2rem; align-items: end; }
.fields label { display: grid; gap: .2rem; font-size: .93em; }
.choices { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; margin: .9rem 0; }
.tick { display: inline-flex; gap: .4rem; align-items: center; }
.tick input { margin: 0; accent-color: var(--accent); }
.pages { display: flex; gap: 1.2rem; margin: .6rem 0 0; }
.title .pages { margin: 0; }
.search { display: flex; gap: .5rem; }
input, button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .3rem .75rem; }
button { cursor: pointer; }
button:hover { border-color: var(--soft); background: var(--hover); }
button.primary { background: var(--accent); color: var(--on-accent); border-color: transparent; font-weight: 600; padding: .4rem 1rem; }
button.primary:hover { filter: brightness(1.08); }
@media (max-width: 760px) {
  main { padding: 1rem; }
  header { padding: .6rem 1rem; }
  td, th { padding-left: .7rem; padding-right: .7rem; }
  .grid thead { display: none; }
  .grid, .grid tbody, .grid tr, .grid th, .grid td { display: block; }
  .grid tr { padding: .5rem .9rem; }
  .grid tbody th, .grid tbody td, .grid tbody th[scope=row], .grid .group th { padding: .1rem 0; }
  .grid .wide { display: none; }
  .cells { justify-content: flex-start; padding: .3rem 0; }
  .grid .cell:nth-last-child(n + 18) { display: none; }
  tbody th { white-space: normal; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .55rem; }
}
@media (prefers-contrast: more) { :root { --line: currentColor; --soft: var(--ink); } }
`;
