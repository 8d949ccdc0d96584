// Jobs: the list, and one of them with its output as it comes.

import { followJob, isLoss, jsonLines, type JobInfo } from '../lib/index.ts';
import { ask, button, bytesText, clear, complain, durationText, h, messageOf, say, timeText } from './dom.ts';
import { commandText, endText } from './job_text.ts';
import { OutputText } from './output_text.ts';
import type { View, World } from './view.ts';

const PERIOD_MS = 2000;
const KEPT_BYTES = 512 * 1024;
const SIGNALS = ['TERM', 'INT', 'HUP', 'KILL', 'USR1', 'USR2', 'STOP', 'CONT'];

async function listJobs(world: World): Promise<JobInfo[]> {
  const connection = await world.link.get();
  const call = connection.open('job.list', {} as never, { from: ['jobs'] });
  const out: JobInfo[] = [];
  for await (const job of jsonLines<JobInfo>(call.stream('jobs'))) out.push(job);
  await call.result;
  return out.sort((a, b) => b.started_ms - a.started_ms);
}

export function jobsView(world: World): View {
  const body = h('tbody');
  const empty = h('p', { class: 'dim', attrs: { role: 'status' } });
  const table = h('table', {}, h('thead', {}, h('tr', {}, ...['Job', 'State', 'Started', 'Took', 'Output', 'Command'].map((t) => h('th', { attrs: { scope: 'col' } }, t)))), body);
  const input = h('input', { attrs: { type: 'text', placeholder: 'a command for /bin/sh', 'aria-label': 'Command to start as a job' } });
  const form = h('form', { class: 'row' }, input, h('button', { class: 'primary', attrs: { type: 'submit' } }, 'Start'));
  const list = h('div', {}, h('h2', {}, 'Jobs'), form, empty, h('div', { class: 'scroll' }, table));
  const detail = h('div', { class: 'fill' });
  detail.hidden = true;
  const element = h('div', { class: 'fill' }, list, detail);
  let shownJob: JobDetail | undefined;
  let visible = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void (async () => {
      try {
        const started = (await (await world.link.get()).call('job.start', { shell: input.value } as never)) as { job: string };
        input.value = '';
        world.go('jobs', started.job);
      } catch (error) {
        complain(error);
      }
    })();
  });

  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      const jobs = await listJobs(world);
      say(empty, jobs.length === 0 ? 'There are no jobs.' : '');
      table.hidden = jobs.length === 0;
      const focused = document.activeElement?.getAttribute('data-job');
      clear(body, ...jobs.map((job) => row(job)));
      if (focused) [...body.querySelectorAll<HTMLElement>('[data-job]')].find((e) => e.dataset['job'] === focused)?.focus();
    } catch (error) {
      if (!isLoss(error)) say(empty, messageOf(error));
    }
    if (visible && !shownJob) timer = setTimeout(() => void refresh(), PERIOD_MS);
  };

  const row = (job: JobInfo): HTMLElement => {
    const name = button(job.job, () => world.go('jobs', job.job), { class: 'link', 'data-job': job.job });
    const took = durationText((job.ended_ms ?? Date.now()) - job.started_ms);
    return h('tr', {}, h('td', {}, name), h('td', {}, h('span', { class: `state ${job.state}` }, endText(job))), h('td', {}, timeText(job.started_ms)),
      h('td', {}, took), h('td', {}, bytesText(job.stdout.bytes + (job.stderr?.bytes ?? 0))), h('td', { class: 'clip mono' }, commandText(job)));
  };

  return {
    element,
    show: (name) => {
      visible = true;
      shownJob?.leave();
      shownJob = name ? new JobDetail(world, name) : undefined;
      list.hidden = shownJob !== undefined;
      detail.hidden = shownJob === undefined;
      clear(detail, shownJob?.element);
      if (!shownJob) void refresh();
    },
    hide: () => {
      visible = false;
      clearTimeout(timer);
      shownJob?.leave();
      shownJob = undefined;
    },
  };
}

/// One job. Of a long output the end is read; the part before it can be asked for.
class JobDetail {
  readonly element: HTMLElement;
  private readonly facts = h('p', { class: 'dim mono' });
  private readonly state = h('span', { class: 'state' });
  private readonly output = new OutputText();
  private readonly leaving = new AbortController();
  private readonly before = h('p', { class: 'note' });
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly world: World, private readonly name: string) {
    const signal = h('select', { attrs: { 'aria-label': 'Signal' } }, ...SIGNALS.map((s) => h('option', {}, s)));
    this.element = h('div', { class: 'fill' },
      h('div', { class: 'row' }, button('← Jobs', () => world.go('jobs')), h('h2', {}, name), this.state, h('span', { class: 'grow' }), signal,
        button('Send', () => this.act('job.signal', { signal: signal.value })), button('Cancel job', () => void this.cancel(), { class: 'danger' }),
        button('Forget', () => void this.forget())),
      this.facts, this.before, this.output.element);
    void this.follow();
    this.timer = setInterval(() => void this.refresh(), PERIOD_MS);
  }

  leave(): void {
    clearInterval(this.timer);
    this.leaving.abort();
    this.output.dispose();
  }

  private act(method: 'job.signal' | 'job.cancel' | 'job.remove', more: Record<string, unknown> = {}): Promise<void> {
    return this.world.link.get().then((c) => c.call(method, { job: this.name, ...more } as never)).then(() => void this.refresh(), complain);
  }

  private async cancel(): Promise<void> {
    if ((await ask(`End job ${this.name} with all its processes?`, 'End')) !== undefined) await this.act('job.cancel');
  }

  private async forget(): Promise<void> {
    if ((await ask(`Forget job ${this.name} and its output?`, 'Forget')) === undefined) return;
    await this.act('job.remove');
    this.world.go('jobs');
  }

  private async refresh(): Promise<JobInfo | undefined> {
    if (this.leaving.signal.aborted) return undefined;
    try {
      const job = (await (await this.world.link.get()).call('job.status', { job: this.name } as never)) as unknown as JobInfo;
      say(this.state, endText(job));
      this.state.className = `state ${job.state}`;
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
    if (begin > 0) clear(this.before, `${bytesText(begin)} before this are not shown. `, begin > job.stdout.kept_from && button('Show the beginning', () => void this.showHead(job.stdout.kept_from)));
    try {
      await followJob(this.world.link, this.name, {
        stdout: begin,
        stderr: job.stderr ? Math.max(job.stderr.kept_from, job.stderr.bytes - KEPT_BYTES) : null,
        signal: this.leaving.signal,
        onoutput: (stream, bytes) => this.output.add(bytes, stream === 'stderr'),
      });
    } catch (error) {
      this.output.note(messageOf(error));
    }
    void this.refresh();
  }

  private async showHead(from: number): Promise<void> {
    try {
      const connection = await this.world.link.get();
      const call = connection.open('job.attach', { job: this.name, stdout: from, stderr: null } as never, { from: ['stdout'] });
      const head = new OutputText('The beginning of the output');
      let read = 0;
      for await (const piece of call.stream('stdout')) {
        await head.add(piece.bytes.subarray(0, KEPT_BYTES / 8 - read), false);
        read += piece.bytes.length;
        if (read >= KEPT_BYTES / 8) break;
      }
      call.cancel();
      clear(this.before, `The first ${bytesText(Math.min(read, KEPT_BYTES / 8))} of the output:`);
      this.before.after(head.element);
    } catch (error) {
      complain(error);
    }
  }
}
