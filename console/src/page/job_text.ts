import { shown, type JobInfo } from '../lib/index.ts';

/// "running", "lost", "exit 3", "SIGKILL", or the reason that it was ended for; and what could not be ended. `kind` is
/// how that is shown: running, good, bad or other.
export function stateOf(job: Pick<JobInfo, 'state' | 'result'>): { text: string; kind: 'running' | 'good' | 'bad' | 'other' } {
  const r = job.result;
  if (!r) return { text: job.state, kind: job.state === 'running' ? 'running' : job.state === 'lost' ? 'bad' : 'other' };
  const how = r.reason === 'exited' ? `exit ${r.exit_code ?? '?'}` : r.reason === 'signaled' ? `SIG${r.signal ?? '?'}` : r.reason.replace(/_/g, ' ');
  const text = r.survivors ? `${how}, ${r.survivors} survivors` : how;
  if (r.reason === 'exited') return { text, kind: r.exit_code === 0 ? 'good' : 'bad' };
  return { text, kind: r.reason === 'cancelled' ? 'other' : 'bad' };
}

export function commandText(job: Pick<JobInfo, 'argv'>): string {
  return job.argv.map((word) => shown(word)).map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`)).join(' ');
}
