/** Toy modules, sources and jobs for the tests of this folder. Nothing here knows a clock of its own. */
import {
  defineAnalyzer,
  defineFilter,
  defineProcess,
  defineProducer,
  defineProduct,
  defineSource,
  z,
  type AnalyzerInstance,
  type Configuration,
  type FilterInstance,
  type ModuleContext,
  type ModuleKind,
  type ProcessBody,
  type ProducerInstance,
  type Reduction,
  type SourceContext,
  type SourceReader,
} from 'edmesh';
import { simulatedEnvironment, type EventData } from 'edmesh/testing';
import { createJob } from '../../actors/job/job.ts';
import { defaultJobOptions, type JobOptions } from '../../actors/job/job-options.ts';
import type { Environment } from '../../actors/environment.ts';
import type { Job } from '../../actors/job/job.ts';
import type { JobReport } from '../../actors/job/report.ts';

/** A number: the product that toy modules make and read. */
export const Num = defineProduct('Num', z.number());
/** A list of words: what toy modules put into lumis and runs. */
export const Words = defineProduct('Words', z.array(z.string()));

/** How a toy module is declared, beside its construct. */
export interface ToyOptions {
  readonly kind?: ModuleKind;
  readonly reduceSummary?: Reduction<unknown>;
}

let toys = 0;
const head = (options: ToyOptions) => ({
  type: `Toy${String(++toys)}`,
  description: 'A toy',
  ...options,
});

/** A producer of a type of its own. */
export function producer(
  construct: (context: ModuleContext) => ProducerInstance,
  options: ToyOptions = {},
): Configuration<'module'> {
  return defineProducer({ ...head(options), construct })();
}

/** A filter of a type of its own. */
export function filter(
  construct: (context: ModuleContext) => FilterInstance,
  options: ToyOptions = {},
): Configuration<'module'> {
  return defineFilter({ ...head(options), construct })();
}

/** An analyzer of a type of its own. */
export function analyzer(
  construct: (context: ModuleContext) => AnalyzerInstance,
  options: ToyOptions = {},
): Configuration<'module'> {
  return defineAnalyzer({ ...head(options), construct })();
}

/** A producer that writes down its label and event, and puts the event number plus what it reads. */
export function adder(reads: readonly string[] = [], log: string[] = []): Configuration<'module'> {
  return producer((context) => {
    const tokens = reads.map((label) => context.consumes(Num, label));
    const put = context.produces(Num);
    return {
      produce(event) {
        log.push(`${context.label}@${String(event.event)}`);
        event.put(
          put,
          tokens.reduce((sum, token) => sum + (event.find(token) ?? 0), event.event),
        );
      },
    };
  });
}

/** An analyzer that reads products, where they are there, and writes down what it found. */
export function watcher(
  reads: readonly string[],
  found: (event: number, products: readonly (number | undefined)[]) => void,
): Configuration<'module'> {
  return analyzer((context) => {
    const tokens = reads.map((label) => context.consumes(Num, label));
    return {
      analyze(event) {
        found(
          event.event,
          tokens.map((token) => event.find(token)),
        );
      },
    };
  });
}

/** A filter that passes the events that a condition holds for. */
export function passes(
  condition: (event: number) => boolean,
  log: string[] = [],
): Configuration<'module'> {
  return filter(({ label }) => ({
    filter(event) {
      log.push(`${label}@${String(event.event)}`);
      return condition(event.event);
    },
  }));
}

/** Events as data: so many, counted on in lumis and runs of a given length. */
export function eventsOf(
  count: number,
  perLumi = Number.POSITIVE_INFINITY,
  lumisPerRun = Number.POSITIVE_INFINITY,
): EventData[] {
  return Array.from({ length: count }, (_, index) => {
    const lumi = Math.floor(index / perLumi);
    const run = Math.floor(lumi / lumisPerRun);
    const inRun = Number.isFinite(lumisPerRun) ? lumi % lumisPerRun : lumi;
    return { id: { run: 1 + run, lumi: 1 + inRun, event: index + 1 } };
  });
}

/** A source made of a function that opens it. */
export function sourceOf(
  open: (context: SourceContext) => () => SourceReader | Promise<SourceReader>,
): Configuration<'source'> {
  return defineSource({
    type: `ToySource${String(++toys)}`,
    description: 'A toy',
    construct: (context) => ({ open: open(context) }),
  })();
}

/** A job of a process called TEST, with the clock standing still unless an environment is given. */
export function toyJob(
  body: ProcessBody,
  options: Partial<JobOptions> = {},
  environment: Environment = simulatedEnvironment(),
): Job {
  const definition = defineProcess({ name: 'TEST', ...body }).configure();
  return createJob(definition, { ...defaultJobOptions, ...options }, environment);
}

/** Runs such a job to its end. */
export function runToy(
  body: ProcessBody,
  options: Partial<JobOptions> = {},
  environment: Environment = simulatedEnvironment(),
): Promise<JobReport> {
  return toyJob(body, options, environment).run();
}

/** A promise and how to settle it. */
export function deferred(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}
