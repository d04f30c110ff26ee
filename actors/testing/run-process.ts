import {
  defineSource,
  type Configuration,
  type EventId,
  type ProcessDefinition,
  type ProductType,
  type PutToken,
} from '../../edm/index.ts';
import type { Environment } from '../environment.ts';
import { createJob } from '../job/job.ts';
import { defaultJobOptions, type JobOptions } from '../job/job-options.ts';
import type { JobReport } from '../job/report.ts';
import { simulatedEnvironment } from './simulated-environment.ts';

/** An event given as data: its id and the products of the source. */
export interface EventData {
  readonly id?: EventId & { readonly timeUs?: number };
  readonly products?: readonly SourceProduct[];
}

/** A product that the source puts. Made by {@link sourceProduct}. */
export interface SourceProduct {
  readonly type: ProductType;
  readonly product: unknown;
}

/** A product for the source of a test to put. */
export function sourceProduct<T>(type: ProductType<T>, product: T): SourceProduct {
  return { type: type, product };
}

/** A source for tests: the events are given as data. Ids count up in run 1, lumi 1 where none are given. */
export function eventSource(events: readonly EventData[]): Configuration<'source'> {
  const types = new Map<string, ProductType>();
  for (const { products = [] } of events)
    for (const { type } of products) types.set(type.name, type);
  const source = defineSource({
    type: 'TestSource',
    description: 'Events given by a test',
    construct(context) {
      const tokens = new Map<string, PutToken<unknown>>();
      for (const [name, type] of types) tokens.set(name, context.produces(type));
      return {
        open: () => ({
          kind: 'indexed',
          count: events.length,
          identify(index, id) {
            const given = events[index]?.id ?? { run: 1, lumi: 1, event: index + 1 };
            Object.assign(id, { timeUs: 0 }, given);
          },
          read(index, event) {
            for (const { type, product } of events[index]?.products ?? []) {
              const token = tokens.get(type.name);
              if (token !== undefined) event.put(token, product);
            }
          },
        }),
      };
    },
  });
  return source();
}

/** What came of a process in a test. */
export interface ProcessOutcome {
  readonly report: JobReport;
  /** For each event, by ordinal, its products by branch name; path statuses are left out. */
  readonly products: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
}

/**
 * Runs a process to its end and collects every product. The clock stands still unless an environment with another one is
 * given.
 */
export async function runProcess(
  definition: ProcessDefinition,
  options: Partial<JobOptions> = {},
  environment: Environment = simulatedEnvironment(),
): Promise<ProcessOutcome> {
  const products = new Map<number, Readonly<Record<string, unknown>>>();
  const onEvent: JobOptions['onEvent'] = (ordinal, seen) => products.set(ordinal, seen);
  const job = createJob(definition, { ...defaultJobOptions, onEvent, ...options }, environment);
  const report = await job.run();
  return { report, products };
}
