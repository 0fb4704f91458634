/** The style of the catalog's page: light or dark as the reader's system is, and without any font or image of its own. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1c2430; --soft: #5a6675; --line: #d9dfe7; --card: #fff; --back: #f3f5f8;
  --accent: #0b57a4; --pii: #8a3b00; --pii-back: #fdf0e4; --bad: #a3123a; --bad-back: #fde8ee; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e9f0; --soft: #9ba8b8; --line: #323c4a; --card: #1a212b; --back: #11161d;
  --accent: #7fb8f5; --pii: #f5b27f; --pii-back: #3a2817; --bad: #f79ab3; --bad-back: #401824; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 90rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
h1 { margin: 0; font-size: 1.5rem; }
header p { margin: .25rem 0; color: var(--soft); min-height: 1.5em; }
form { position: relative; margin: .75rem 0 0; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input { width: 100%; max-width: 36rem; font: inherit; color: inherit; padding: .5rem .75rem; background: var(--card);
  border: 1px solid var(--soft); border-radius: .5rem; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.ramp, .classes { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin: 1rem 0; }
h2 { margin: 0; font-size: 1.2rem; }
h2 a { color: var(--accent); text-decoration: none; }
h2 a:hover { text-decoration: underline; }
section p { margin: .25rem 0 0; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: .75rem 0; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.none { color: var(--soft); }
.lineage { list-style: none; display: flex; flex-wrap: wrap; gap: .35rem .6rem; margin: .75rem 0; padding: 0; }
.lineage li { border: 1px solid var(--line); border-radius: .5rem; padding: .2rem .6rem; overflow-wrap: anywhere; }
.lineage b { display: block; font-weight: 400; font-size: .8rem; color: var(--soft); }
.lineage li + li::before { content: none; }
code { font: .87em/1.5 ui-monospace, monospace; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: .8rem; white-space: nowrap; border-top: 0; }
tbody th code { font-weight: 600; }
.text { min-width: 16rem; }
.pii { white-space: nowrap; border-radius: .4rem; padding: .05rem .45rem; color: var(--pii); background: var(--pii-back); }
.pii.none { color: var(--bad); background: var(--bad-back); }
.classes ul { margin: .5rem 0 0; padding-left: 1.2rem; }
[hidden] { display: none !important; }
@media print { form, #found { display: none; } .ramp { break-inside: avoid-page; } }
`;

/**
 * Shows the rows that hold every word of the search, and the ramps that hold such a row or the words themselves. Without
 * it the page shows everything.
 */
export const pageScript = `
const search = document.getElementById('search'), found = document.getElementById('found');
const textOf = element => [element.textContent, ...[...element.querySelectorAll('[title]')].map(e => e.title)].join(' ').toLowerCase();
const ramps = [...document.querySelectorAll('.ramp')].map(section => {
  const rows = [...section.querySelectorAll('tbody tr')].map(row => ({ row, text: textOf(row) }));
  const about = [...section.children].filter(child => !child.matches('.scroll')).map(textOf).join(' ');
  return { section, rows, about };
});
const show = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const { section, rows, about } of ramps) {
    const rest = words.filter(word => !about.includes(word));
    let any = rest.length === 0;
    for (const { row, text } of rows) {
      row.hidden = !rest.every(word => text.includes(word));
      any ||= !row.hidden;
    }
    section.hidden = !any;
    shown += any ? 1 : 0;
  }
  found.textContent = words.length === 0 ? '' : shown + ' of ' + ramps.length + ' ramps match';
};
search.addEventListener('input', show);
search.form.addEventListener('submit', event => event.preventDefault());
show();
`;
