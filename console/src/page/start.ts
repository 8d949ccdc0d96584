// The host: numbers, and plots of the last ten minutes.

import uPlot from 'uplot';

import { reasonOf } from '../lib/index.ts';
import { bytesText, clear, durationText, h, messageOf, say, timeText } from './dom.ts';
import type { View, World } from './view.ts';

interface Usage { used: number; allowed: number }
interface Info {
  server: string; hostname?: string; os?: string; kernel?: string; arch?: string; user?: string; cores?: number;
  uptime_ms?: number; draining?: boolean; containment?: string;
  load?: { minutes_1: number };
  memory?: { total_bytes: number; available_bytes: number };
  root?: { total_bytes?: number; available_bytes?: number; writable?: boolean; error?: string };
  commands?: Usage; connections?: Usage; jobs?: Usage; kept_jobs?: Usage;
  totals?: Record<string, number>;
}

const PERIOD_MS = 2000;
const KEPT = (10 * 60 * 1000) / PERIOD_MS;

interface Series { title: string; unit: (value: number) => string; value: (now: Info, before: Info | undefined, seconds: number) => number | null }

const rate = (name: string) => (now: Info, before: Info | undefined, seconds: number): number | null =>
  before?.totals && now.totals ? Math.max(0, ((now.totals[name] ?? 0) - (before.totals[name] ?? 0)) / seconds) : null;

const SERIES: Series[] = [
  { title: 'Load', unit: (v) => v.toFixed(2), value: (now) => (now.load ? now.load.minutes_1 / 100 : null) },
  { title: 'Memory in use', unit: bytesText, value: (now) => (now.memory ? now.memory.total_bytes - now.memory.available_bytes : null) },
  { title: 'Sent a second', unit: (v) => `${bytesText(v)}/s`, value: rate('sent_bytes') },
  { title: 'Received a second', unit: (v) => `${bytesText(v)}/s`, value: rate('received_bytes') },
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
      scales: { x: { range: (_u, _min, max) => [max - 600, max] }, y: { range: (_u, _min, max) => [0, Math.max(max ?? 0, 0.01) * 1.15] } },
      axes: [{ ...axis, space: 80, size: 28, values: (_u, ticks) => ticks.map((t) => timeText(t * 1000).slice(0, 5)) }, { ...axis, size: 64, space: 40, values: (_u, ticks) => ticks.map((v) => this.series.unit(v)) }],
      series: [{}, { stroke: line, width: 2, fill: `${line}22`, points: { show: false } }],
    };
  }
}

export function startView(world: World): View {
  const title = h('h2', {}, 'Host');
  const about = h('p', { class: 'dim' });
  const facts = h('dl', { class: 'facts' });
  const note = h('p', { class: 'note', attrs: { role: 'status' } });
  const plots = SERIES.map((series) => new Plot(series));
  const element = h('div', {}, title, about, note, facts, h('div', { class: 'plots' }, ...plots.map((p) => p.element)));
  const times: number[] = [];
  let before: { info: Info; at: number } | undefined;

  const showFacts = (info: Info): void => {
    say(title, info.hostname ?? 'Host');
    say(about, [info.os, info.kernel, info.arch, info.cores && `${info.cores} cores`, info.server].filter(Boolean).join(' · '));
    const used = (u: Usage | undefined): string => (u ? `${u.used} of ${u.allowed}` : '–');
    const rows: [string, string][] = [
      ['Up', info.uptime_ms === undefined ? '–' : durationText(info.uptime_ms)],
      ['Load', info.load ? (info.load.minutes_1 / 100).toFixed(2) : '–'],
      ['Memory free', info.memory ? `${bytesText(info.memory.available_bytes)} of ${bytesText(info.memory.total_bytes)}` : '–'],
      ['Disk free', info.root?.error ?? (info.root ? `${bytesText(info.root.available_bytes)} of ${bytesText(info.root.total_bytes)}` : '–')],
      ['Commands', used(info.commands)], ['Jobs', used(info.jobs)], ['Connections', used(info.connections)],
      ['Failed logins', String(info.totals?.['failed_logins'] ?? '–')], ['Commands run as', info.user ?? '–'], ['Held by', info.containment ?? '–'],
    ];
    clear(facts, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
    say(note, info.draining ? 'This server is ending: what has begun goes on, new commands are refused.' : '');
  };

  const poll = async (): Promise<void> => {
    try {
      const connection = await world.link.get();
      const info = (await connection.call('rpc.info', {} as never)) as unknown as Info;
      const at = Date.now();
      const seconds = before ? (at - before.at) / 1000 : 1;
      times.push(at / 1000);
      if (times.length > KEPT) times.shift();
      for (const plot of plots) plot.add(times, plot.series.value(info, before?.info, seconds));
      before = { info, at };
      showFacts(info);
    } catch (error) {
      if (reasonOf(error) === 'method_not_found') {
        say(about, world.hello()?.server ?? '');
        say(note, 'This tugd is older and tells no numbers (rpc.info).');
        return;
      }
      if (reasonOf(error) !== 'connection_lost') say(note, messageOf(error));
    }
    setTimeout(() => void poll(), PERIOD_MS);
  };
  void poll();
  new ResizeObserver(() => plots.forEach((plot) => plot.fit())).observe(element);
  return { element };
}
