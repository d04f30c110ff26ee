import { EdmeshError, exitStatusOf } from '../../edm/index.ts';
import type { CommandContext } from '../command-context.ts';
import { readConfig } from '../config/configured-process.ts';
import { interrupted, othersFailed, type JobView } from '../run/job-view.ts';
import { memberView, type MemberView } from './member-view.ts';
import { meshOf } from '../mesh/mesh-of.ts';
import { parentLink, type ParentLink } from './parent-link.ts';
import { runConfig } from '../run/run-config.ts';
import type { Terminal } from '../terminal.ts';

/** A process whose command is gone has so long to drain. */
const orphanMs = 10_000;

/**
 * One process of `edmesh cluster`: runs the config that it is ordered to, logs as JSON, and tells everything else to the
 * command that started it. When that is gone, it drains, and ends in any case. Returns the exit status. Throws
 * `EDMESH_COMMAND_LINE` where it was not started so.
 */
export async function memberCommand(context: CommandContext): Promise<number> {
  const parent = parentLink();
  const view = memberView({
    announced: (events) => void parent.send({ kind: 'announced', events }),
    progressed: (progress) => void parent.send({ kind: 'progress', progress }),
  });
  parent.onDrain((why) => {
    view.end(othersFailed(why));
  });
  const { configFile, given } = await parent.order;
  const here = { ...context, terminal: untilGone(context.terminal) };
  const { report } = await runConfig({
    read: () => readConfig(configFile, here),
    given,
    context: here,
    view: endedFromOutside(view, parent),
    meshOf,
  });
  if (report === undefined) return 0;
  await parent.send({ kind: 'report', report });
  return exitStatusOf(report.exitCode);
}

/** A view that also ends the job at a signal, and when the command is gone; before there is a job, both end the process. */
function endedFromOutside(view: MemberView, parent: ParentLink): JobView {
  return {
    ...view,
    watch(drain) {
      const watch = view.watch(drain);
      // A terminal sends its signal to this process too, so that it comes twice; the command says when enough is enough.
      // The listeners stay: a signal must not cut off the report.
      for (const signal of ['SIGINT', 'SIGTERM']) {
        process.on(signal, () => {
          view.end(interrupted(signal));
        });
      }
      parent.onGone(() => {
        setTimeout(() => process.exit(1), orphanMs).unref();
        const message = 'the command that started this process is gone';
        view.end(new EdmeshError('EDMESH_INTERRUPTED', message));
      });
      return watch;
    },
  };
}

/** A terminal on which nothing is written when the command that reads it is gone; a broken pipe would end the process. */
function untilGone(terminal: Terminal): Terminal {
  return {
    ...terminal,
    out: (text) => {
      if (process.connected) terminal.out(text);
    },
    err: (text) => {
      if (process.connected) terminal.err(text);
    },
  };
}
