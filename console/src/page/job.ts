// One job: how it is, its output as it comes, and what is further back in it. Of a long output the end is read; its
// beginning, and what a search in all of it finds, are read when they are asked for.

import { followJob, isLoss, searchJob, type FoundLine, type JobInfo } from '../lib/index.ts';
import { ask, button, bytesText, clear, complain, durationText, h, messageOf, say, timeText } from './dom.ts';
import { commandText, stateOf } from './job_text.ts';
import { OutputText } from './output_text.ts';
import { plainText } from './plain_text.ts';
import type { World } from './view.ts';

const PERIOD_MS = 2000;
const KEPT_BYTES = 512 * 1024;
const PART_BYTES = 64 * 1024;
const BEFORE_FOUND = 2 * 1024;
const SIGNALS = ['TERM', 'INT', 'HUP', 'KILL', 'USR1', 'USR2', 'STOP', 'CONT'];

export class JobDetail {
  readonly element: HTMLElement;
  private readonly facts = h('p', { class: 'dim mono' });
  private readonly state = h('span', { class: 'state', attrs: { role: 'status' } });
  private readonly leaving = new AbortController();
  private readonly before = h('p', { class: 'dim' });
  private readonly extra = h('section', { class: 'extra', attrs: { 'aria-label': 'Further back' } });
  private readonly whole = button('Search all of it', () => void this.searchAll());
  private readonly output = new OutputText('Output', [this.whole]);
  private readonly running: HTMLElement;
  private readonly forgotten = button('Forget', () => void this.forget());
  private readonly timer: ReturnType<typeof setInterval>;
  private searching = new AbortController();

  constructor(private readonly world: World, private readonly name: string) {
    const signal = h('select', { attrs: { 'aria-label': 'Signal' } }, ...SIGNALS.map((s) => h('option', {}, s)));
    this.running = h('div', { class: 'row' }, signal, button('Send', () => void this.act('job.signal', { signal: signal.value })), button('Cancel job', () => void this.cancel(), { class: 'danger' }));
    this.element = h('div', { class: 'fill' },
      h('div', { class: 'row' }, button('← Jobs', () => world.go('jobs')), h('h2', {}, name), this.state, h('span', { class: 'grow' }), this.running, this.forgotten),
      this.facts, this.before, this.extra, this.output.element);
    this.forgotten.hidden = true;
    this.whole.hidden = true;
    void this.follow();
    this.timer = setInterval(() => void this.refresh(), PERIOD_MS);
  }

  leave(): void {
    clearInterval(this.timer);
    this.leaving.abort();
    this.searching.abort();
    this.output.dispose();
  }

  private async act(method: 'job.signal' | 'job.cancel' | 'job.remove', more: Record<string, unknown> = {}): Promise<void> {
    try {
      await (await this.world.link.get()).call(method, { job: this.name, ...more } as never);
      await this.refresh();
    } catch (error) {
      complain(error);
    }
  }

  private async cancel(): Promise<void> {
    if ((await ask(`End job ${this.name} with all its processes?`, 'End')) !== undefined) await this.act('job.cancel');
  }

  private async forget(): Promise<void> {
    if ((await ask(`Forget job ${this.name} and its output?`, 'Forget')) === undefined) return;
    clearInterval(this.timer);
    await this.act('job.remove');
    this.world.go('jobs');
  }

  private async status(): Promise<JobInfo> {
    return (await (await this.world.link.get()).call('job.status', { job: this.name } as never, { background: true })) as unknown as JobInfo;
  }

  private async refresh(): Promise<JobInfo | undefined> {
    if (this.leaving.signal.aborted) return undefined;
    try {
      const job = await this.status();
      const state = stateOf(job);
      say(this.state, state.text);
      this.state.className = `state ${state.kind}`;
      this.running.hidden = job.state !== 'running';
      this.forgotten.hidden = job.state === 'running';
      const usage = job.result?.usage;
      say(this.facts, [commandText(job), `started ${timeText(job.started_ms)}`, `took ${durationText((job.ended_ms ?? Date.now()) - job.started_ms)}`,
        usage && `processor ${durationText((usage.user_us + usage.system_us) / 1000)}`, usage && `memory ${bytesText(usage.max_rss_bytes)}`].filter(Boolean).join(' · '));
      return job;
    } catch (error) {
      if (!isLoss(error)) say(this.state, messageOf(error));
      return undefined;
    }
  }

  private async follow(): Promise<void> {
    const job = await this.refresh();
    if (!job) return;
    const begin = Math.max(job.stdout.kept_from, job.stdout.bytes - KEPT_BYTES);
    if (begin > 0) {
      const gone = job.stdout.kept_from > 0 ? ` The host has dropped the first ${bytesText(job.stdout.kept_from)}.` : '';
      clear(this.before, `${bytesText(begin)} before this are not shown.${gone} `, begin > job.stdout.kept_from && button('Show the beginning', () => void this.showPart(job.stdout.kept_from)));
    }
    const next = { stdout: begin, stderr: job.stderr ? Math.max(job.stderr.kept_from, job.stderr.bytes - KEPT_BYTES) : 0 };
    this.whole.hidden = false;
    try {
      await followJob(this.world.link, this.name, {
        stdout: begin,
        stderr: job.stderr ? next.stderr : null,
        signal: this.leaving.signal,
        onoutput: (stream, bytes, position) => {
          if (position > next[stream]) this.output.note(`${bytesText(position - next[stream])} of ${stream} are missing: the host keeps them no longer`);
          next[stream] = position + bytes.length;
          return this.output.add(bytes, stream === 'stderr');
        },
      });
    } catch (error) {
      this.output.note(messageOf(error));
    }
    void this.refresh();
  }

  /// 64 KiB of the output, from a position on.
  private async showPart(from: number, of: 'stdout' | 'stderr' = 'stdout', what = 'of the output', wanted = ''): Promise<void> {
    try {
      const kept = (await this.status())[of];
      if (!kept) return;
      const begin = Math.max(from, kept.kept_from);
      const size = Math.min(PART_BYTES, kept.bytes - begin);
      const positions = { stdout: null, stderr: null, [of]: begin };
      const call = (await this.world.link.get()).open('job.attach', { job: this.name, ...positions } as never, { from: [of] });
      const part = new OutputText(`A part ${what}`);
      for await (const piece of call.stream(of)) {
        await part.add(piece.bytes.subarray(0, Math.max(0, begin + size - piece.position)), of === 'stderr');
        if (piece.position + piece.bytes.length >= begin + size) break;
      }
      call.cancel();
      this.showExtra(`${bytesText(size)} ${what}, from byte ${begin} on:`, part.element);
      if (wanted) part.seek(wanted);
    } catch (error) {
      complain(error);
    }
  }

  private showExtra(title: string, ...content: HTMLElement[]): void {
    const close = (): void => {
      this.searching.abort();
      clear(this.extra);
    };
    clear(this.extra, h('div', { class: 'row' }, h('strong', {}, title), h('span', { class: 'grow' }), button('Close', close, { 'aria-label': 'Close what is further back' })), ...content);
  }

  /// What the search field has, in all that the host keeps of both outputs.
  private async searchAll(): Promise<void> {
    const wanted = this.output.wanted || (await ask('Search all of the output for', 'Search', ''));
    if (!wanted) return;
    this.searching.abort();
    const stop = (this.searching = new AbortController());
    const bar = h('progress', { attrs: { 'aria-label': 'Search' } });
    const outcome = h('span', { class: 'dim', attrs: { role: 'status' } });
    const ending = button('Stop', () => stop.abort(), { 'aria-label': 'Stop the search' });
    const list = h('ol', { class: 'found' });
    this.showExtra(`“${wanted}” in all of the output:`, h('div', { class: 'row' }, bar, outcome, ending), list);
    let found = 0;
    const onfound = (stream: 'stdout' | 'stderr') => (line: FoundLine): void => {
      ++found;
      list.append(h('li', {}, h('span', { class: 'dim' }, `${line.position}`), button(plainText(line.text).slice(0, 300), () => void this.showPart(Math.max(0, line.position - BEFORE_FOUND), stream, 'around what was found', wanted), { class: 'link mono' })));
    };
    try {
      const job = await this.status();
      const on = await this.world.link.get();
      let all = true;
      for (const stream of ['stdout', 'stderr'] as const) {
        const onprogress = (bytes: number, of: number): void => {
          bar.value = bytes / of;
          say(outcome, `${found} found in ${bytesText(bytes)} of ${bytesText(of)}`);
        };
        all &&= await searchJob(on, job, stream, wanted, { signal: stop.signal, onprogress, onfound: onfound(stream) });
      }
      say(outcome, all ? `${found} lines found in all that the host keeps` : `${found} lines found so far`);
    } catch (error) {
      say(outcome, messageOf(error));
    }
    bar.remove();
    ending.remove();
  }
}
