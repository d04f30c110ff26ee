import { EdmeshError } from 'edmesh';
import { moduleCount } from './channel-id.ts';
import type { VeloHits } from './hits.ts';
import type { McParticles } from './mc-particles.ts';
import { readParticles } from './velo-json-particles.ts';

/** One event of the VELO JSON format: hits, and particles whose `hitIds` are indices of hits. */
export interface VeloJsonEvent {
  readonly hits: VeloHits;
  readonly particles: McParticles;
}

/**
 * Parses one event of the VELO JSON format.
 *
 * @param name of the file, for messages
 * @throws EdmeshError `EDMESH_EVENT_CORRUPT` naming file and field, where something is missing or of the wrong kind
 */
export function parseVeloJson(text: string, name = 'velo json'): VeloJsonEvent {
  const fail = (field: string, problem: string, cause?: unknown): EdmeshError =>
    new EdmeshError('EDMESH_EVENT_CORRUPT', `${name}, ${field}: ${problem}`, {
      fields: { file: name, field },
      cause,
    });
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fail('text', `not JSON: ${reason}`, error);
  }
  const numbers = (field: string): number[] => {
    const value = of(root, field);
    if (isNumbers(value)) return value;
    throw fail(field, 'expected an array of numbers');
  };
  const x = new Float32Array(numbers('x'));
  const y = new Float32Array(numbers('y'));
  const z = new Float32Array(numbers('z'));
  if (y.length !== x.length || z.length !== x.length) throw fail('x, y, z', 'lengths differ');
  const starts = numbers('module_prefix_sum');
  const rising = starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0));
  if (
    starts.length !== moduleCount + 1 ||
    starts[0] !== 0 ||
    !rising ||
    starts.at(-1) !== x.length
  ) {
    throw fail('module_prefix_sum', 'expected 53 rising numbers from 0 to the number of hits');
  }
  const truth = of(root, 'montecarlo');
  const particles = readParticles(of(truth, 'description'), of(truth, 'particles'), x.length, fail);
  return { hits: { x, y, z, moduleStart: new Uint32Array(starts) }, particles };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((element) => Number.isFinite(element));
}

function of(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[field];
}
