import { exitStatusOf } from '../../edm/index.ts';
import type { MemberOutcome, StartMember } from './cluster-member.ts';
import type { CommandContext } from '../command-context.ts';
import { interrupted, othersFailed } from '../run/job-view.ts';
import { memberView } from './member-view.ts';
import { inProcessMesh } from '../mesh/mesh-of.ts';
import type { MeshSettings } from '../mesh/mesh-settings.ts';
import { runConfig } from '../run/run-config.ts';

/** Starts the processes of a cluster as jobs side by side in this OS process, all lanes in this thread. */
export function inProcessMembers(
  context: CommandContext,
  mesh: Omit<MeshSettings, 'server'>,
): StartMember {
  const meshOf = inProcessMesh();
  return ({ config, given }, observer) => {
    const view = memberView(observer);
    const terminal = {
      ...context.terminal,
      interactive: false,
      out: (text: string) => {
        observer.wrote('out', text);
      },
      err: (text: string) => {
        observer.wrote('err', text);
      },
      drawLine: () => undefined,
    };
    let kill = (): void => undefined;
    const killed = new Promise<MemberOutcome>((resolve) => {
      kill = () => {
        resolve({ report: undefined, status: null, signal: 'SIGKILL' });
      };
    });
    const run = runConfig({
      read: () => Promise.resolve(config),
      given: { ...given, logFormat: 'json' },
      context: { ...context, terminal },
      view,
      meshOf,
      mesh: { ...mesh, server: 'memory' },
      oneThread: true,
    });
    const ended = run.then(({ report }): MemberOutcome => {
      return { report, status: exitStatusOf(report?.exitCode ?? 0), signal: null };
    });
    return {
      ended: Promise.race([ended, killed]),
      signal(signal) {
        view.end(interrupted(signal));
      },
      drain(why) {
        view.end(othersFailed(why));
      },
      // What cannot be ended is given up; the end of this process ends it.
      kill: () => {
        kill();
      },
    };
  };
}
