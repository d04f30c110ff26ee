/** Random numbers: the published generator, keyed by seed, label and event. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterRandom } from '../../edm/random.ts';
import { fnv1a, philox4x32 } from './philox.ts';

const words = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16));

function draw(
  seed: number,
  label: string,
  id: { run: number; lumi: number; event: number },
  count: number,
): number[] {
  const random = new CounterRandom(seed, label);
  random.startEvent(id);
  return Array.from({ length: count }, () => random.bits());
}

describe('Philox4x32-10', () => {
  it.each([
    ['0 0 0 0', '0 0', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [
      'ffffffff ffffffff ffffffff ffffffff',
      'ffffffff ffffffff',
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      '243f6a88 85a308d3 13198a2e 03707344',
      'a4093822 299f31d0',
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('as written down again gives the published answer for %s', (counter, key, answer) => {
    expect(philox4x32(words(counter), words(key))).toEqual(words(answer));
  });

  it('is what a module draws, with the documented key and counter', () => {
    const u32 = fc.nat(0xffff_ffff);
    const ids = fc.record({ run: u32, lumi: u32, event: fc.maxSafeNat() });
    fc.assert(
      fc.property(u32, fc.stringMatching(/^\w{1,10}$/), ids, (seed, label, id) => {
        const key = [
          (fnv1a(seed, label) ^ Math.imul(id.lumi, 0x9e3779b1)) >>> 0,
          (fnv1a(~seed, label) ^ Math.imul(id.lumi, 0x85ebca77)) >>> 0,
        ];
        const low = id.event % 2 ** 32;
        const high = Math.floor(id.event / 2 ** 32);
        const expected = [0, 1, 2].flatMap((block) => philox4x32([block, id.run, low, high], key));
        expect(draw(seed, label, id, 12)).toEqual(expected);
      }),
    );
  });
});

describe('the sequence of a module', () => {
  const id = { run: 1, lumi: 2, event: 3 };
  const first = draw(1, 'tracks', id, 8);

  it('is the same in every job', () => {
    expect(draw(1, 'tracks', id, 8)).toEqual(first);
    const random = new CounterRandom(1, 'tracks');
    random.startEvent({ run: 9, lumi: 9, event: 9 });
    random.gaussian();
    random.startEvent(id);
    expect(Array.from({ length: 8 }, () => random.bits())).toEqual(first);
  });

  it.each([
    ['seed', draw(2, 'tracks', id, 8)],
    ['label', draw(1, 'track', id, 8)],
    ['run', draw(1, 'tracks', { ...id, run: 2 }, 8)],
    ['lumi', draw(1, 'tracks', { ...id, lumi: 3 }, 8)],
    ['event', draw(1, 'tracks', { ...id, event: 4 }, 8)],
    ['high half of the event', draw(1, 'tracks', { ...id, event: 3 + 2 ** 32 }, 8)],
  ])('changes with the %s', (_, other) => {
    expect(other.some((word, index) => word === first[index])).toBe(false);
  });

  it('forgets the spare normal number of the event before', () => {
    const random = new CounterRandom(1, 'tracks');
    random.startEvent(id);
    const straight = random.gaussian();
    random.startEvent(id);
    expect(random.gaussian()).toBe(straight);
  });
});

describe('distributions', () => {
  const random = new CounterRandom(5, 'test');
  random.startEvent({ run: 1, lumi: 1, event: 1 });
  const count = 40_000;
  const moments = (next: () => number) => {
    const values = Array.from({ length: count }, next);
    const mean = values.reduce((sum, each) => sum + each, 0) / count;
    const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / count;
    return { values, mean, variance };
  };

  it.each([
    ['uniform', () => random.uniform(), 1 / 2, 1 / 12],
    ['gaussian', () => random.gaussian(), 0, 1],
    ['exponential', () => random.exponential(), 1, 1],
    ['poisson(3)', () => random.poisson(3), 3, 3],
    ['poisson(200)', () => random.poisson(200), 200, 200],
    ['integer(6)', () => random.integer(6), 2.5, 35 / 12],
  ])('%s has its mean and variance', (_, next, mean, variance) => {
    const found = moments(next);
    // Five standard deviations of the mean; the variance of these shapes is known to 5 % at this number.
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.06);
  });

  it('keep their ranges', () => {
    const uniforms = moments(() => random.uniform()).values;
    expect(uniforms.every((value) => value >= 0 && value < 1)).toBe(true);
    const faces = new Set(moments(() => random.integer(6)).values);
    expect([...faces].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(random.poisson(0)).toBe(0);
    expect(moments(() => random.exponential()).values.every((value) => value >= 0)).toBe(true);
  });
});
