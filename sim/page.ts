/** Style and script of a run's page (see html.ts). */

export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --dim: #667080; --paper: #fff; --line: #dfe3e8; --band: #f4f6f8; --names: 110px; --zoom: 1 }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e7ec; --dim: #95a0ae; --paper: #14181d; --line: #2b323b; --band: #1b2027 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 20px 24px 60px; max-width: 1700px; font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 20px; margin: 0 0 6px } h2 { font-size: 13px; margin: 0; padding: 12px 0 2px; height: 34px; color: var(--dim); white-space: nowrap }
main > h2 { margin-top: 12px }
.result { display: inline-block; margin: 0 0 6px; padding: 2px 10px; border-radius: 4px; font-weight: 600; color: #fff }
.good { background: #2f855a } .bad { background: #c53030 }
.failure { margin: 2px 0; font-family: ui-monospace, monospace; font-size: 12.5px; color: #c53030 }
dl { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 8px 0; font-size: 12.5px } dl div { display: flex; gap: 5px } dt { color: var(--dim) } dd { margin: 0; overflow-wrap: anywhere }
.zoom { font-size: 12.5px; color: var(--dim) } .zoom input { vertical-align: middle; width: 220px }
.chart { display: flex; margin-top: 8px; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line) }
.names { flex: none; width: var(--names); font-size: 11px; line-height: 1 } .names > div:not(.axis) { display: flex; align-items: center; white-space: nowrap; overflow: hidden }
.scroll { flex: 1; overflow-x: auto; padding-bottom: 6px } .time { position: relative; width: calc(100% * var(--zoom)); min-width: 100% }
.axis { position: relative; height: 22px; font-size: 11px; color: var(--dim) } .axis span { position: absolute; top: 3px; padding-left: 4px; border-left: 1px solid var(--line); height: 20px; white-space: nowrap }
svg { display: block; width: 100%; background: var(--band); border-bottom: 1px solid var(--paper) }
.time > h2 { visibility: hidden }
.machine { fill: #7bb896 } .machine.off { fill: #2d3340 } .machine.no { fill: #e0913a } .machine.frozen { fill: #5a9bd5 } .machine.stalled { fill: #a786d1 } .machine.disk { fill: #c9b23c }
.seen { fill: #c53030; fill-opacity: .3 } .seen.suspect { fill: #e0913a } .open { fill: #7bb896; fill-opacity: .35 } .cut { fill: #c53030 }
.container { fill-opacity: .95 } .container.starting { fill-opacity: .4 } .container.stopping { fill-opacity: .5 } .container.exited { fill-opacity: .15 } .container.unhealthy { stroke: #c53030; stroke-width: 2px; vector-effect: non-scaling-stroke; fill-opacity: .4 }
.mark { position: absolute; top: 0; bottom: 0; width: 5px; margin-left: -2px; background: linear-gradient(to right, transparent 2px, currentColor 2px 3px, transparent 3px); opacity: .28 }
.mark.fault { color: #c53030 } .mark.command { color: #2b6cb0 } .mark.phase { color: var(--ink); opacity: 1 }
.mark:hover { opacity: 1; background: currentColor }
.legend { margin: 4px 0; font-size: 12px; color: var(--dim) } .legend span { margin-right: 14px; white-space: nowrap } .legend svg { display: inline-block; width: 14px; height: 10px; border: 0; vertical-align: -1px; margin-right: 5px }
.kinds label { margin-right: 12px; font-size: 12.5px }
table { border-collapse: collapse; width: 100%; font: 12px/1.4 ui-monospace, monospace } thead th { position: sticky; top: 0; background: var(--paper); text-align: left }
th { color: var(--dim); font-weight: 500; text-align: right; padding-right: 10px; white-space: pre } td { padding: 0 8px; border-left: 1px solid var(--line); overflow-wrap: anywhere; vertical-align: top }
tr:nth-child(even) { background: var(--band) } tr.fault td { color: #c53030 } tr.command td { color: #2b6cb0 } tr.phase td { font-weight: 700 } tr.machine td { font-weight: 600 } tr.verdict td { color: #b7791f } tr.message td { color: var(--dim) }
`;

/** Class of the style sheet and what it stands for. */
export const LEGEND: readonly (readonly [string, string])[] = [
  ['machine up', 'agent up'],
  ['machine no', 'no agent'],
  ['machine off', 'no power'],
  ['machine frozen', 'process frozen'],
  ['machine stalled', 'main loop stalled'],
  ['machine disk', 'disk full'],
  ['seen suspect', 'suspected by others'],
  ['seen', 'failed for others'],
  ['cut', 'link cut'],
];

export const SCRIPT = `
const zoom = document.getElementById('zoom');
zoom.addEventListener('input', () => {
  const by = 2 ** Number(zoom.value);
  document.documentElement.style.setProperty('--zoom', by);
  zoom.nextElementSibling.textContent = by.toFixed(by < 10 ? 1 : 0) + 'x';
});
for (const box of document.querySelectorAll('[data-kind]'))
  box.addEventListener('change', () => {
    for (const row of document.querySelectorAll('tr.' + box.dataset.kind)) row.hidden = !box.checked;
  });
`;
