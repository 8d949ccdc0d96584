// The list of jobs, each with the last line that it has written; and one of them, where its name was chosen.

import { isLoss, jsonLines, lastLine, type Connection, type JobInfo } from '../lib/index.ts';
import { button, bytesText, clear, complain, durationText, h, messageOf, say, timeText } from './dom.ts';
import { JobDetail } from './job.ts';
import { commandText, stateOf } from './job_text.ts';
import { plainText } from './plain_text.ts';
import { Table } from './table.ts';
import type { View, World } from './view.ts';

const PERIOD_MS = 2000;
const MOST_SHOWN = 500;
/// Whose last line is read.
const MOST_READ = 50;

async function listJobs(on: Connection): Promise<JobInfo[]> {
  const call = on.open('job.list', {} as never, { from: ['jobs'], background: true });
  const out: JobInfo[] = [];
  for await (const job of jsonLines<JobInfo>(call.stream('jobs'))) out.push(job);
  await call.result;
  return out.sort((a, b) => b.started_ms - a.started_ms);
}

/// The last line of each job, read again where the job has written more.
class LastLines {
  private read = new Map<string, { bytes: number; text: string }>();

  async refresh(on: Connection, jobs: JobInfo[]): Promise<void> {
    const before = this.read;
    this.read = new Map();
    const one = async (job: JobInfo): Promise<void> => {
      const known = before.get(job.job);
      const text = known?.bytes === job.stdout.bytes ? known.text : await lastLine(on, job).catch(() => '');
      this.read.set(job.job, { bytes: job.stdout.bytes, text: plainText(text) });
    };
    await Promise.all(jobs.map(one));
  }

  of(job: JobInfo): string {
    return this.read.get(job.job)?.text ?? '';
  }
}

export function jobsView(world: World): View {
  const empty = h('p', { class: 'empty', attrs: { role: 'status' } });
  const note = h('p', { class: 'dim' });
  const table = new Table([{ title: 'Job' }, { title: 'State' }, { title: 'Started', wide: true }, { title: 'Took', class: 'nowrap' }, { title: 'Output', wide: true }, { title: 'Command', wide: true, class: 'clip mono' }, { title: 'Last line', class: 'clip mono last' }]);
  const input = h('input', { class: 'mono', attrs: { type: 'text', placeholder: 'a command for /bin/sh', 'aria-label': 'Command to start as a job', spellcheck: 'false', autocapitalize: 'off' } });
  const form = h('form', { class: 'row start' }, input, h('button', { class: 'primary', attrs: { type: 'submit' } }, 'Start'));
  const list = h('div', { class: 'fill' }, h('h2', {}, 'Jobs'), form, empty, h('div', { class: 'scroll' }, table.element), note);
  const detail = h('div', { class: 'fill' });
  detail.hidden = true;
  const element = h('div', { class: 'fill' }, list, detail);
  const lines = new LastLines();
  let shownJob: JobDetail | undefined;
  let visible = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
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

  const took = (job: JobInfo): string => durationText((job.ended_ms ?? Date.now()) - job.started_ms);
  const outputOf = (job: JobInfo): string => bytesText(job.stdout.bytes + (job.stderr?.bytes ?? 0));

  const draw = (jobs: JobInfo[]): void => {
    say(empty, jobs.length === 0 ? 'There are no jobs. A job goes on when this page, tug or the connection is gone.' : '');
    say(note, jobs.length > MOST_SHOWN ? `${jobs.length} jobs, of which the newest ${MOST_SHOWN} are shown.` : '');
    table.show(jobs.slice(0, MOST_SHOWN), (job) => job.job, (job) => [stateOf(job).text, took(job), outputOf(job), lines.of(job)].join('\n'), (job) => {
      const state = stateOf(job);
      return [button(job.job, () => world.go('jobs', job.job), { class: 'link', 'data-focus': 'name' }), h('span', { class: `state ${state.kind}` }, state.text), timeText(job.started_ms), took(job), outputOf(job), commandText(job), lines.of(job)];
    });
  };

  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      const on = await world.link.get();
      const jobs = await listJobs(on);
      draw(jobs);
      await lines.refresh(on, jobs.slice(0, MOST_READ));
      draw(jobs);
    } catch (error) {
      if (!isLoss(error)) say(empty, messageOf(error));
    }
    if (visible && !shownJob) timer = setTimeout(() => void refresh(), PERIOD_MS);
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
