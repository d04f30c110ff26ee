import { createJob, defaultJobOptions, nodeEnvironment, type JobReport } from '../actors/index.ts';
import {
  defineProcess,
  defineProducer,
  defineProduct,
  silentLogger,
  type ProcessDefinition,
} from '../edm/index.ts';
import { EmptySource } from '../io/index.ts';
import { z } from 'zod';

const Small = defineProduct('Small', z.number());

/** A producer that does nothing but put one small product, and read one if it is told which. */
const EmptyProducer = defineProducer({
  type: 'EmptyProducer',
  description: 'Puts one number',
  parameters: z.object({ input: z.string().default('').describe('label to read from') }),
  construct(context, { input }) {
    const output = context.produces(Small);
    if (input === '') {
      return {
        produce(event) {
          event.put(output, 1);
        },
      };
    }
    const token = context.consumes(Small, input);
    return {
      produce(event) {
        event.put(output, event.get(token));
      },
    };
  },
});

/** How the modules depend on each other: each on the one before, or all on the first. */
export type Shape = 'chain' | 'fan';

/** A process of empty producers on one path. */
export function emptyProducers(shape: Shape, modules: number): ProcessDefinition {
  const labels = Array.from({ length: modules }, (_, index) => `m${String(index)}`);
  const inputOf = (index: number) => {
    if (index === 0) return '';
    return shape === 'chain' ? `m${String(index - 1)}` : 'm0';
  };
  return defineProcess({
    name: 'BENCH',
    source: EmptySource(),
    modules: Object.fromEntries(
      labels.map((label, index) => [label, EmptyProducer({ input: inputOf(index) })]),
    ),
    paths: { path: labels },
  }).configure();
}

/** Runs a process on a number of events. Throws where the job fails: a benchmark of a failed job is none. */
export async function runEvents(
  definition: ProcessDefinition,
  maxEvents: number,
  timing = false,
): Promise<JobReport> {
  const options = { ...defaultJobOptions, maxEvents, timing };
  const report = await createJob(definition, options, nodeEnvironment(silentLogger)).run();
  if (report.exitCode !== 0) throw new Error(report.errors[0]?.message ?? 'the job failed');
  return report;
}
