import { CounterRandom } from '../edm/index.ts';
import type { BodyKind, DeviceArray, GpuBackend } from './backend.ts';
import { elementBytes, elementView, type ElementArray } from './operations/elements.ts';
import type {
  AnyHostArguments,
  Operation,
  OperationSample,
  Tolerance,
} from './operations/operation.ts';

/** How an operation did on a backend with one sample. */
export interface ConformanceResult {
  readonly operation: string;
  readonly sample: string;
  readonly body: BodyKind;
  /** What differs from `ref` by more than the tolerance; empty where nothing does. */
  readonly problems: readonly string[];
  /** The largest difference from `ref`, in units of the tolerance; 0 where all results that have one are equal. */
  readonly worst: number;
  /** Time on the device, upload and download left out, of one run; absent without a clock. */
  readonly milliseconds?: number;
}

/** What the operations are tried with. */
export interface ConformanceOptions {
  readonly seed?: number;
  /** Milliseconds that rise steadily. With it, the first sample of each operation is timed. */
  readonly now?: () => number;
}

const alignment = 64;
const timedRuns = 10;

/**
 * Runs every operation that a backend can run on its first device, with all its samples, and compares the results with
 * those of the `ref` body. Rejects with what the backend rejects with.
 */
export async function tryOperations(
  backend: GpuBackend,
  operations: readonly Operation[],
  options: ConformanceOptions = {},
): Promise<ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  for (const operation of operations) {
    const body = backend.bodyOf(operation.name);
    if (body === undefined) continue;
    for (const [index, sample] of operation.samples.entries()) {
      const { seed = 1, now } = options;
      const random = new CounterRandom(seed, operation.name);
      random.startEvent({ run: 1, lumi: 1, event: index + 1 });
      const timed = index === 0 ? now : undefined;
      results.push(await trySample(backend, operation, body, sample, random, timed));
    }
  }
  return results;
}

async function trySample(
  backend: GpuBackend,
  operation: Operation,
  body: BodyKind,
  sample: OperationSample<AnyHostArguments>,
  random: CounterRandom,
  now: (() => number) | undefined,
): Promise<ConformanceResult> {
  const expected = sample.make(random);
  const region = new ArgumentRegion(operation, expected);
  const queue = backend.createQueue(0);
  const block = backend.allocate(0, region.bytes);
  const memory = backend.allocateHost(region.bytes);
  try {
    const args = region.argumentsIn(block);
    region.write(memory.memory);
    queue.upload(block, memory.memory.subarray(0, region.bytes));
    queue.run(operation.name, args);
    queue.download(memory.memory.subarray(0, region.bytes), block);
    await queue.done();
    operation.ref(expected);
    const found = region.compare(memory.memory);
    const result = { operation: operation.name, sample: sample.name, body, ...found };
    if (now === undefined) return result;
    const start = now();
    for (let run = 0; run < timedRuns; run++) queue.run(operation.name, args);
    await queue.done();
    return { ...result, milliseconds: (now() - start) / timedRuns };
  } finally {
    backend.freeHost(memory);
    backend.free(block);
  }
}

/** The array arguments of an operation as one region of memory, every array at an aligned offset. */
class ArgumentRegion {
  readonly bytes: number;
  readonly #operation: Operation;
  readonly #values: AnyHostArguments;
  readonly #offsets = new Map<string, number>();

  constructor(operation: Operation, values: AnyHostArguments) {
    this.#operation = operation;
    this.#values = values;
    let end = alignment;
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'number') continue;
      this.#offsets.set(name, end);
      end += Math.ceil((value.byteLength + 1) / alignment) * alignment;
    }
    this.bytes = end;
  }

  argumentsIn(block: DeviceArray['block']): Record<string, DeviceArray | number> {
    return Object.fromEntries(
      Object.entries(this.#values).map(([name, value]) => [
        name,
        typeof value === 'number'
          ? value
          : { block, byteOffset: this.#offsets.get(name) ?? 0, length: value.length },
      ]),
    );
  }

  write(memory: Uint8Array): void {
    for (const [name, offset] of this.#offsets) {
      const value = this.#values[name];
      if (typeof value !== 'object') continue;
      memory.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), offset);
    }
  }

  /** Compares results in memory with the values, which `ref` has written by now. */
  compare(memory: Uint8Array): { problems: readonly string[]; worst: number } {
    const problems: string[] = [];
    let worst = 0;
    for (const [name, { use, type }] of Object.entries(this.#operation.parameters)) {
      const expected = this.#values[name];
      if (use === 'in' || use === 'scalar' || typeof expected !== 'object') continue;
      const offset = memory.byteOffset + (this.#offsets.get(name) ?? 0);
      const bytes = expected.length * elementBytes(type);
      const copy = new Uint8Array(bytes);
      copy.set(new Uint8Array(memory.buffer, offset, bytes));
      const found = elementView(type, copy.buffer, 0, expected.length);
      const allowed = new Map(Object.entries(this.#operation.tolerance ?? {})).get(name) ?? exact;
      const { index, ratio } = largestDifference(expected, found, allowed);
      worst = Math.max(worst, Number.isFinite(ratio) ? ratio : 0);
      if (ratio <= 1) continue;
      problems.push(
        `${name}[${String(index)}] is ${String(found[index])}, by ref ${String(expected[index])}`,
      );
    }
    return { problems, worst };
  }
}

const exact: Tolerance = { absolute: 0, relative: 0 };

function largestDifference(
  expected: ElementArray,
  found: ElementArray,
  { absolute, relative }: Tolerance,
): { index: number; ratio: number } {
  let index = 0;
  let ratio = 0;
  for (let each = 0; each < expected.length; each++) {
    const [want, have] = [expected[each] ?? 0, found[each] ?? 0];
    if (Object.is(want, have) || want === have) continue;
    const allowed = absolute + relative * Math.abs(want);
    const off = Math.abs(have - want);
    const here = allowed > 0 && off >= 0 ? off / allowed : Infinity;
    if (here <= ratio) continue;
    index = each;
    ratio = here;
  }
  return { index, ratio };
}
