/** Toy GPU modules: vectors of two numbers, and y = a x + y on them. */
import {
  defineGpuProducer,
  defineHostCopy,
  defineSoA,
  EdmeshError,
  onGpu,
  type Configuration,
  type GpuProducerInstance,
  type Logger,
  type ModuleContext,
} from 'edmesh';
import { eventSource } from 'edmesh/testing';
import type { GpuBackend } from '../../../gpu/backend.ts';
import { gpuOpener } from '../../../gpu/open-gpu.ts';
import type { JobOptions } from '../../../actors/job/job-options.ts';
import type { JobReport } from '../../../actors/job/report.ts';
import { analyzer, eventsOf, runToy, type toyJob } from '../toy-job.ts';

/** Two numbers an event. */
export const Pair = defineSoA('Pair', { v: 'float32' });

let toys = 0;
const head = () => ({ type: `GpuToy${String(++toys)}`, description: 'A toy' });

/** A GPU producer of a type of its own. */
export function gpuToy(
  construct: (context: ModuleContext) => GpuProducerInstance,
): Configuration<'module'> {
  return defineGpuProducer({ ...head(), construct })();
}

/** Makes (event, 2 event) on the GPU: y = 2 x + y of (0, event) and (event / 2, event / 2). */
export const first = (): Configuration<'module'> =>
  gpuToy(() => ({
    outputs: [Pair],
    enqueue(work, event) {
      const number = (event as unknown as { readonly event: number }).event;
      const rows = event.allocate(Pair, 2);
      rows.v.set([0, number]);
      const made = work.allocate(Pair, 2);
      work.write(made.columns.v, Float32Array.of(number, 0));
      const args = { size: 2, a: 2, x: work.upload(Pair, rows).columns.v, y: made.columns.v };
      work.run('axpy', args);
      return [made];
    },
  }));

const ones = Float32Array.of(1, 1);

/** Adds one to each of a pair of another GPU module. */
export const plusOne = (input: string): Configuration<'module'> =>
  gpuToy((context) => {
    const token = context.consumes(onGpu(Pair), input);
    return {
      inputs: [token],
      outputs: [Pair],
      enqueue(work) {
        const made = work.allocate(Pair, 2);
        work.write(made.columns.v, Float32Array.of(1, 1));
        const from = work.get(token);
        work.run('axpy', { size: 2, a: 1, x: from.columns.v, y: made.columns.v });
        const x = work.constant(ones);
        work.run('axpy', { size: 2, a: 0, x, y: made.columns.v });
        return [made];
      },
    };
  });

/** Copies a pair to host memory. */
export const copy = (input: string): Configuration<'module'> =>
  defineHostCopy({ ...head(), products: [Pair] })({ input });

/** Writes down pairs that lie in host memory. */
export function pairs(
  labels: readonly string[],
  seen: Map<number, readonly (readonly number[])[]>,
): Configuration<'module'> {
  return analyzer((context) => {
    const tokens = labels.map((label) => context.consumes(Pair, label));
    return {
      analyze(event) {
        seen.set(
          event.event,
          tokens.map((token) => [...event.get(token).v]),
        );
      },
    };
  });
}

/** The options of a job that uses a backend. */
export function using(backend: GpuBackend): Pick<JobOptions, 'gpu'> {
  const opened = () => Promise.resolve({ backend });
  const openers = {
    ...{ cuda: opened, 'tfjs-node-gpu': opened, webgpu: opened, wasm: opened, cpu: opened },
  };
  return { gpu: { open: gpuOpener('cpu', openers) } };
}

/** A chain of two GPU modules, a branch off the first, and copies of all three. */
function branchedJob(
  seen: Map<number, readonly (readonly number[])[]>,
  events = 3,
): Parameters<typeof toyJob>[0] {
  return {
    source: eventSource(eventsOf(events)),
    modules: {
      a: first(),
      b: plusOne('a'),
      c: plusOne('a'),
      hostA: copy('a'),
      hostB: copy('b'),
      hostC: copy('c'),
      look: pairs(['hostA', 'hostB', 'hostC'], seen),
    },
    tasks: { copies: ['hostA', 'hostB', 'hostC'] },
    paths: { p: ['a', 'b', 'c', 'look'] },
  };
}

/** What {@link branchedJob} sees in an event. */
export function expectedOf(event: number): readonly (readonly number[])[] {
  const a = [event, 2 * event];
  const plus = a.map((value) => value + 1);
  return [a, plus, plus];
}

/** Runs that job, and says in which events something else was seen. */
export async function runBranched(
  options: Partial<JobOptions>,
  events = 3,
  environment?: Parameters<typeof runToy>[2],
): Promise<{ readonly report: JobReport; readonly wrong: readonly number[] }> {
  const seen = new Map<number, readonly (readonly number[])[]>();
  const report = await runToy(branchedJob(seen, events), options, environment);
  const numbers = Array.from({ length: events }, (_, index) => index + 1);
  const wrong = numbers.filter(
    (event) => JSON.stringify(seen.get(event)) !== JSON.stringify(expectedOf(event)),
  );
  return { report, wrong };
}

/** A logger that keeps what is not only information. */
export function warnings(into: string[]): Logger {
  const keep = (...said: readonly unknown[]): void => {
    into.push(said.map(String).join(' '));
  };
  return { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
}

/** An error of a module that has nothing to do with a device. */
export const ownError = (): EdmeshError =>
  new EdmeshError('EDMESH_EVENT_CORRUPT', 'bad bits', { category: 'MyCategory' });
