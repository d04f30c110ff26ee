/** A module that writes down every transition it takes part in. */
import type { AnalyzerInstance, Configuration, ModuleContext, ModuleKind } from 'edmesh';
import { analyzer } from './toy-job.ts';

const runOf = ({ run }: { readonly run: number }) => String(run);
const lumiOf = ({ run, lumi }: { readonly run: number; readonly lumi: number }) =>
  `${String(run)}:${String(lumi)}`;

/** All hooks of a module, told as `name`, `name run` or `name run:lumi`, with `#EDM stream` where there is one. */
export function tellingHooks(tell: (what: string) => void): AnalyzerInstance {
  return {
    beginJob: () => tell('beginJob'),
    beginStream: (index) => tell(`beginStream #${String(index)}`),
    beginRun: (run) => tell(`beginRun ${runOf(run)}`),
    streamBeginRun: (run, _, index) => tell(`streamBeginRun ${runOf(run)} #${String(index)}`),
    beginLumi: (lumi) => tell(`beginLumi ${lumiOf(lumi)}`),
    streamBeginLumi: (lumi, _, index) => tell(`streamBeginLumi ${lumiOf(lumi)} #${String(index)}`),
    analyze: (event) => {
      tell(`event ${lumiOf(event)}:${String(event.event)}`);
    },
    streamEndLumi: (lumi, _, index) => tell(`streamEndLumi ${lumiOf(lumi)} #${String(index)}`),
    endLumi: (lumi) => tell(`endLumi ${lumiOf(lumi)}`),
    streamEndRun: (run, _, index) => tell(`streamEndRun ${runOf(run)} #${String(index)}`),
    endRun: (run) => tell(`endRun ${runOf(run)}`),
    endStream: (index) => tell(`endStream #${String(index)}`),
    endJob: () => tell('endJob'),
  };
}

/** The hooks that a `one` module may have. */
function withoutStreamHooks(hooks: AnalyzerInstance): AnalyzerInstance {
  const { beginJob, beginRun, beginLumi, analyze, endLumi, endRun, endJob } = hooks;
  return Object.fromEntries(
    Object.entries({ beginJob, beginRun, beginLumi, analyze, endLumi, endRun, endJob }).filter(
      ([, hook]) => hook !== undefined,
    ),
  ) as unknown as AnalyzerInstance;
}

/** A recorder that writes into a log, each line after its label where one log serves several modules. */
export function recorder(
  log: string[],
  kind: ModuleKind = 'stream',
  withLabel = false,
): Configuration<'module'> {
  return analyzer(
    ({ label }: ModuleContext) => {
      const hooks = tellingHooks((what) => {
        log.push(withLabel ? `${label} ${what}` : what);
      });
      return kind === 'one' ? withoutStreamHooks(hooks) : hooks;
    },
    { kind },
  );
}
