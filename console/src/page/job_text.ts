import { shown, type JobInfo } from '../lib/index.ts';

/// "running", "lost", "exit 3", "SIGKILL", or the reason that it was ended for; and what could not be ended.
export function endText(job: Pick<JobInfo, 'state' | 'result'>): string {
  const r = job.result;
  if (!r) return job.state;
  const how = r.reason === 'exited' ? `exit ${r.exit_code ?? '?'}` : r.reason === 'signaled' ? `SIG${r.signal ?? '?'}` : r.reason.replace(/_/g, ' ');
  return r.survivors ? `${how}, ${r.survivors} survivors` : how;
}

export function commandText(job: Pick<JobInfo, 'argv'>): string {
  return job.argv.map((word) => shown(word)).map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`)).join(' ');
}
