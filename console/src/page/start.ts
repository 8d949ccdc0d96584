// The host: numbers, and plots of the last ten minutes.

import uPlot from 'uplot';

import { reasonOf } from '../lib/index.ts';
import { bytesText, clear, durationText, h, messageOf, say, timeText } from './dom.ts';
import { grown, PERIOD_MS, type Figures, type HostFigures, type Info } from './figures.ts';
import type { View, World } from './view.ts';

const KEPT = (10 * 60 * 1000) / PERIOD_MS;

interface Series { title: string; unit: (value: number) => string; value: (now: Figures, before: Figures | undefined) => number | null }

const rate = (name: string) => (now: Figures, before: Figures | undefined): number | null => {
  const more = grown(name, now, before);
  return more === undefined ? null : (more * 1000) / Math.max(1, now.at - before!.at);
};

const SERIES: Series[] = [
  { title: 'Load', unit: (v) => v.toFixed(2), value: ({ info }) => (info.load ? info.load.minutes_1 / 100 : null) },
  { title: 'Memory in use', unit: bytesText, value: ({ info }) => (info.memory ? info.memory.total_bytes - info.memory.available_bytes : null) },
  { title: 'Sent a second', unit: (v) => `${bytesText(v)}/s`, value: rate('sent_bytes') },
  { title: 'Received a second', unit: (v) => `${bytesText(v)}/s`, value: rate('received_bytes') },
  { title: 'Connections', unit: (v) => v.toFixed(0), value: ({ info }) => info.connections?.used ?? null },
  { title: 'Calls a second', unit: (v) => v.toFixed(1), value: rate('calls') },
];

class Plot {
  readonly element: HTMLElement;
  private readonly now = h('strong');
  private readonly values: (number | null)[] = [];
  private plot: uPlot | undefined;
  private readonly place = h('div', { class: 'plot' });

  constructor(readonly series: Series) {
    this.element = h('section', { class: 'card', attrs: { 'aria-label': series.title } }, h('h3', {}, series.title, ' ', this.now), this.place);
  }

  add(times: number[], value: number | null): void {
    this.values.push(value);
    if (this.values.length > times.length) this.values.shift();
    say(this.now, value === null ? '–' : this.series.unit(value));
    if (!this.element.isConnected || this.place.clientWidth === 0) return;
    const data: uPlot.AlignedData = [times, this.values];
    if (this.plot) this.plot.setData(data);
    else this.plot = new uPlot(this.options(), data, this.place);
    this.fit();
  }

  /// In the colours that the page has now.
  redraw(): void {
    this.plot?.destroy();
    this.plot = undefined;
  }

  fit(): void {
    const width = this.place.clientWidth;
    if (this.plot && width > 0 && this.plot.width !== width) this.plot.setSize({ width, height: 120 });
  }

  private options(): uPlot.Options {
    const css = getComputedStyle(document.documentElement);
    const line = css.getPropertyValue('--accent');
    const text = css.getPropertyValue('--dim');
    const axis = { stroke: text, grid: { stroke: css.getPropertyValue('--line'), width: 1 }, ticks: { show: false } };
    return {
      width: this.place.clientWidth, height: 120, legend: { show: false }, cursor: { show: false },
      scales: { x: { range: (_u, _min, max) => [max - 600, max] }, y: { range: (_u, _min, max) => [0, Math.max(max ?? 0, 1) * 1.15] } },
      axes: [{ ...axis, space: 80, size: 28, values: (_u, ticks) => ticks.map((t) => timeText(t * 1000).slice(0, 5)) }, { ...axis, size: 64, space: 40, values: (_u, ticks) => ticks.map((v) => this.series.unit(v)) }],
      series: [{}, { stroke: line, width: 2, fill: `${line}22`, points: { show: false } }],
    };
  }
}

/// How full something is, as a bar.
function meter(name: string, used: number, of: number): HTMLElement {
  const out = h('meter', { attrs: { min: '0', max: String(of || 1), high: String(0.85 * (of || 1)), low: String(0.7 * (of || 1)), optimum: '0', 'aria-label': name } });
  out.value = used;
  return out;
}

interface Fact { name: string; value: string; used?: number | undefined; of?: number | undefined }

function factsOf(info: Info): Fact[] {
  const usage = (name: string, u: Info['jobs']): Fact => (u ? { name, value: `${u.used} of ${u.allowed}`, used: u.used, of: u.allowed } : { name, value: '–' });
  const room = (name: string, free: number | undefined, of: number | undefined): Fact =>
    of === undefined || free === undefined ? { name, value: '–' } : { name, value: `${bytesText(free)} of ${bytesText(of)}`, used: of - free, of };
  return [
    { name: 'Load', value: info.load ? (info.load.minutes_1 / 100).toFixed(2) : '–', used: info.load && info.load.minutes_1 / 100, of: info.cores },
    room('Memory free', info.memory?.available_bytes, info.memory?.total_bytes),
    info.root?.error ? { name: 'Disk free', value: info.root.error } : room('Disk free', info.root?.available_bytes, info.root?.total_bytes),
    usage('Commands', info.commands), usage('Jobs', info.jobs), usage('Connections', info.connections),
    { name: 'Up', value: info.uptime_ms === undefined ? '–' : durationText(info.uptime_ms) },
    { name: 'Failed logins', value: String(info.totals?.['failed_logins'] ?? '–') },
    { name: 'Commands run as', value: info.user ?? '–' }, { name: 'Held by', value: info.containment ?? '–' },
  ];
}

export function startView(world: World, figures: HostFigures): View {
  const title = h('h2', {}, 'Host');
  const about = h('p', { class: 'dim' });
  const facts = h('dl', { class: 'facts' });
  const note = h('p', { class: 'note', attrs: { role: 'status' } });
  const plots = SERIES.map((series) => new Plot(series));
  const element = h('div', {}, title, about, note, facts, h('div', { class: 'plots' }, ...plots.map((p) => p.element)));
  const times: number[] = [];

  const showFacts = (info: Info): void => {
    say(title, info.hostname ?? 'Host');
    say(about, [info.os, info.kernel, info.arch, info.cores && `${info.cores} cores`, info.server].filter(Boolean).join(' · '));
    clear(facts, ...factsOf(info).map(({ name, value, used, of }) => h('div', {}, h('dt', {}, name), h('dd', {}, value, used !== undefined && of !== undefined && meter(name, used, of)))));
    say(note, info.draining ? 'This server is ending: what has begun goes on, new commands are refused.' : '');
  };

  figures.listen((now, before) => {
    times.push(now.at / 1000);
    if (times.length > KEPT) times.shift();
    for (const plot of plots) plot.add(times, plot.series.value(now, before));
    showFacts(now.info);
  });
  figures.onfailure = (error) => {
    if (reasonOf(error) !== 'method_not_found') return say(note, messageOf(error));
    say(about, world.hello()?.server ?? '');
    say(note, 'This tugd is older and tells no numbers (rpc.info).');
  };
  const resized = new ResizeObserver(() => plots.forEach((plot) => plot.fit()));
  resized.observe(element);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots.forEach((plot) => plot.redraw()));
  return { element };
}
