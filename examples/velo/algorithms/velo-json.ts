import { EdmeshError } from 'edmesh';
import { moduleCount } from './channel-id.ts';
import type { VeloHits } from './hits.ts';
import { ParticleBuilder, type McParticles } from './mc-particles.ts';

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
    throw fail('text', 'not JSON', error);
  }
  const numbers = (value: unknown, field: string): number[] => {
    if (isNumbers(value)) return value;
    throw fail(field, 'expected an array of numbers');
  };
  const column = (field: string): Float32Array =>
    Float32Array.from(numbers(of(root, field), field));
  const [x, y, z] = [column('x'), column('y'), column('z')];
  if (y.length !== x.length || z.length !== x.length) throw fail('x, y, z', 'lengths differ');
  const starts = numbers(of(root, 'module_prefix_sum'), 'module_prefix_sum');
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
  const names = of(truth, 'description');
  const rows = of(truth, 'particles');
  if (!Array.isArray(names)) throw fail('montecarlo.description', 'expected an array');
  if (!Array.isArray(rows)) throw fail('montecarlo.particles', 'expected an array');
  const particles = new ParticleBuilder();
  rows.forEach((row: unknown, index) => {
    const field = `montecarlo.particles[${String(index)}]`;
    if (!Array.isArray(row)) throw fail(field, 'expected an array');
    const cells: readonly unknown[] = row;
    const cell = (label: string): number => Number(cells[names.indexOf(label)] ?? 0);
    const hits = numbers(cells.at(-1), `${field}, hits`);
    if (hits.some((hit) => !Number.isInteger(hit) || hit < 0 || hit >= x.length)) {
      throw fail(`${field}, hits`, 'there is no such hit');
    }
    particles.push(
      {
        key: cell('key'),
        pid: cell('pid'),
        p: cell('p'),
        pt: cell('pt'),
        eta: cell('eta'),
        phi: cell('phi'),
        originZ: NaN,
        charge: cell('charge'),
        isLong: cell('isLong') !== 0,
        hasVelo: cell('hasVelo') !== 0,
      },
      hits,
      hits.length,
    );
  });
  const moduleStart = Uint32Array.from(starts);
  return { hits: { x, y, z, moduleStart }, particles: particles.finish() };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((element) => Number.isFinite(element));
}

function of(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Record<string, unknown>)[field];
}
