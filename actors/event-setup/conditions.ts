import {
  alwaysValid,
  EdmeshError,
  type IntervalOfValidity,
  type IntervalUnit,
  type SetupPoint,
} from '../../edm/index.ts';
import type { ConstructedSetup } from '../plan/construction.ts';

/** A transition as the event setup sees it. */
export interface SetupInstant {
  readonly run: number;
  /** At the begin of a run the block of its first event. */
  readonly lumi: number;
  readonly timeUs: number;
}

interface Conditions {
  readonly setup: ConstructedSetup;
  readonly intervals: readonly IntervalOfValidity[];
  /** Products by interval, made when first needed. */
  readonly products: Map<IntervalOfValidity, Promise<unknown>>;
}

/** Finds the interval that each record has at a transition, and makes each product once per interval. */
export class ConditionsStore {
  readonly #conditions: readonly Conditions[];
  #last: {
    readonly intervals: readonly IntervalOfValidity[];
    readonly products: readonly unknown[];
  };
  /** Products made so far. */
  produced = 0;

  private constructor(conditions: readonly Conditions[]) {
    this.#conditions = conditions;
    this.#last = { intervals: [], products: [] };
  }

  /** Asks every producer for its intervals. Throws what a producer throws, and `EDMESH_DEFINITION` for unsorted intervals. */
  static async open(setups: readonly ConstructedSetup[]): Promise<ConditionsStore> {
    const conditions = await Promise.all(
      setups.map(async (setup) => {
        const intervals = (await setup.instance.intervals?.()) ?? [alwaysValid];
        checkIntervals(setup, intervals);
        return { setup, intervals, products: new Map<IntervalOfValidity, Promise<unknown>>() };
      }),
    );
    return new ConditionsStore(conditions);
  }

  /**
   * The products that are valid at a transition, by slot; the same array as before when no interval has changed. Throws
   * `EDMESH_SETUP_NO_INTERVAL`, `EDMESH_PRODUCT_INVALID` where a producer gives nothing, and what a producer throws.
   */
  async at(instant: SetupInstant): Promise<readonly unknown[]> {
    const intervals = this.#conditions.map((each) => intervalAt(each, instant));
    const unchanged = intervals.every((interval, slot) => interval === this.#last.intervals[slot]);
    if (unchanged && intervals.length === this.#last.intervals.length) return this.#last.products;
    const products = await Promise.all(
      this.#conditions.map((each, slot) => this.#product(each, intervals[slot] ?? alwaysValid)),
    );
    this.#last = { intervals, products };
    return products;
  }

  /** The interval that each record has now, by label of the producer. */
  current(): Record<string, IntervalOfValidity | null> {
    return Object.fromEntries(
      this.#conditions.map(({ setup }, slot) => [setup.label, this.#last.intervals[slot] ?? null]),
    );
  }

  #product({ setup, products }: Conditions, interval: IntervalOfValidity): Promise<unknown> {
    let product = products.get(interval);
    if (product === undefined) {
      this.produced++;
      product = Promise.resolve(interval).then(async (each) => {
        const made = await setup.instance.produce(each);
        if (made === undefined) throw nothingMade(setup);
        return made;
      });
      products.set(interval, product);
    }
    return product;
  }
}

function nothingMade({ label, type }: ConstructedSetup): EdmeshError {
  const { record, product } = type;
  return new EdmeshError(
    'EDMESH_PRODUCT_INVALID',
    `${label} makes undefined for record ${record.name}, which is no ${product.name}; return a product from its produce`,
    { fields: { label, record: record.name, product: product.name } },
  );
}

/** Where a transition lies on the axis of a record. */
function pointOf(unit: IntervalUnit, instant: SetupInstant): SetupPoint {
  if (unit === 'run') return instant.run;
  return unit === 'time' ? instant.timeUs : [instant.run, instant.lumi];
}

/** Negative when `a` is before `b`. A number stands for a run from its first lumi on, or up to its last. */
function compare(a: SetupPoint, b: SetupPoint, lumiOfB: number): number {
  const [runA, lumiA] = typeof a === 'number' ? [a, 0] : a;
  const [runB, lumiB] = typeof b === 'number' ? [b, lumiOfB] : b;
  if (runA !== runB) return runA < runB ? -1 : 1;
  return lumiA === lumiB ? 0 : lumiA - lumiB;
}

/** Whether a point is not after the end of an interval. */
function isUpTo(point: SetupPoint, to: SetupPoint): boolean {
  return compare(point, to, Number.POSITIVE_INFINITY) <= 0;
}

function intervalAt({ setup, intervals }: Conditions, instant: SetupInstant): IntervalOfValidity {
  const point = pointOf(setup.type.record.unit, instant);
  const found = intervals.find(({ from, to }) => compare(from, point, 0) <= 0 && isUpTo(point, to));
  if (found !== undefined) return found;
  const { name, unit } = setup.type.record;
  throw new EdmeshError(
    'EDMESH_SETUP_NO_INTERVAL',
    `record ${name} has no interval for ${unit} ${String(point)}: none of those of ${setup.label} covers it`,
    { fields: { label: setup.label, record: name, run: instant.run, lumi: instant.lumi } },
  );
}

function checkIntervals(setup: ConstructedSetup, intervals: readonly IntervalOfValidity[]): void {
  intervals.forEach(({ from, to }, index) => {
    const next = intervals[index + 1];
    if (isUpTo(from, to) && (next === undefined || !isUpTo(next.from, to))) return;
    throw new EdmeshError(
      'EDMESH_DEFINITION',
      `${setup.label}: interval ${String(index)} of record ${setup.type.record.name} is empty, out of order or overlaps the next`,
      { fields: { label: setup.label, interval: index } },
    );
  });
}
