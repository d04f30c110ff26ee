import { wrongOption } from '../../edm/index.ts';

interface JobOption {
  readonly job?: string;
}

/** The job whose journal on a server is meant. Throws `EDMESH_COMMAND_LINE` where the options name none. */
export function jobOf({ job }: JobOption): string {
  if (job === undefined) throw wrongOption('--job', 'name the job whose journal is meant');
  return job;
}

/** Throws `EDMESH_COMMAND_LINE` where a file holds the journal of another job than the options say. */
export function checkJob({ job: wanted }: JobOption, job: string, file: string): void {
  if (wanted === undefined || wanted === job) return;
  throw wrongOption('--job', `${file} holds the journal of job ${job}, not of ${wanted}`);
}
