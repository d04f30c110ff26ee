import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { JobReport } from '../../actors/index.ts';
import type {
  MemberObserver,
  MemberOutcome,
  RunningMember,
  StartMember,
} from './cluster-member.ts';
import type { Installation } from '../installation.ts';
import { isMemberMessage, type MemberOrder } from './member-messages.ts';

/** A process that is gone has left its last output by then; a child of its own may still hold the pipes. */
const lastOutputMs = 1000;

/** Starts each process of a cluster as an OS process of its own, with the command of this installation. */
export function memberProcesses(installation: Installation): StartMember {
  const command = fileURLToPath(new URL('cli/edmesh.js', installation.edmesh));
  const alive = new Set<ChildProcess>();
  // Whatever ends this process, nothing is left behind.
  process.on('exit', () => {
    for (const child of alive) child.kill('SIGKILL');
  });
  return ({ name, config, given }, observer) => {
    const args = [...process.execArgv, command, 'member', name, config.file];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    tell(child, { kind: 'run', configFile: config.file, given: { ...given, logFormat: 'json' } });
    alive.add(child);
    const member = watched(child, observer);
    void member.ended.then(() => alive.delete(child));
    return member;
  };
}

/** Gives an order; a process that is gone hears no more of it. */
function tell(child: ChildProcess, order: MemberOrder): void {
  if (child.connected) child.send(order, () => undefined);
}

function watched(child: ChildProcess, observer: MemberObserver): RunningMember {
  let report: JobReport | undefined;
  child.on('message', (message: unknown) => {
    if (!isMemberMessage(message)) return;
    if (message.kind === 'announced') observer.announced(message.events);
    else if (message.kind === 'progress') observer.progressed(message.progress);
    else report = message.report;
  });
  for (const [where, pipe] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const) {
    pipe?.setEncoding('utf8').on('data', (text) => {
      observer.wrote(where, String(text));
    });
  }
  const ended = new Promise<MemberOutcome>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const settle = (outcome: Omit<MemberOutcome, 'report'>): void => {
      clearTimeout(timer);
      resolve({ report, ...outcome });
    };
    child.on('error', ({ message }) => {
      if (child.pid === undefined) settle({ status: null, signal: null, problem: message });
    });
    child.on('exit', (status, signal) => {
      timer = setTimeout(() => {
        settle({ status, signal });
      }, lastOutputMs);
    });
    child.on('close', (status, signal) => {
      settle({ status, signal });
    });
  });
  return {
    ended,
    signal: (signal) => void child.kill(signal),
    drain(why) {
      tell(child, { kind: 'drain', why });
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
