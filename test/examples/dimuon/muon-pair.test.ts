/** Muons from rows of either shape, and the mass of a pair. */
import { describe, expect, it } from 'vitest';
import type { Muon } from '../../../examples/dimuon/muon-pair.ts';
import {
  invariantMass,
  leadingPair,
  muonsOf,
  pairMass,
} from '../../../examples/dimuon/muon-pair.ts';

const muonMass = 0.1056583755;

/** A muon of this momentum. */
function muon(px: number, py: number, pz: number, charge = 1): Muon {
  return { px, py, pz, charge, energy: Math.hypot(px, py, pz, muonMass) };
}

describe('the mass of a pair', () => {
  it('of two muons back to back is the sum of their energies', () => {
    expect(invariantMass(muon(45, 0, 0), muon(-45, 0, 0))).toBeCloseTo(
      2 * Math.hypot(45, muonMass),
      9,
    );
  });

  it('of two muons that fly together is twice the mass of one', () => {
    expect(invariantMass(muon(3, 4, 5), muon(3, 4, 5))).toBeCloseTo(2 * muonMass, 6);
  });

  it('is none where rounding made it negative', () => {
    const light = { energy: 1, px: 1.0000001, py: 0, pz: 0, charge: 1 };
    expect(invariantMass(light, light)).toBe(0);
  });
});

describe('the leading pair', () => {
  it('has the muons of highest transverse momentum', () => {
    const muons = [muon(1, 0, 50), muon(0, 30, 0, -1), muon(20, 0, 0)];
    expect(leadingPair(muons)).toEqual([muons[1], muons[2]]);
  });

  it('needs two muons', () => {
    expect(leadingPair([muon(1, 2, 3)])).toBeUndefined();
  });
});

describe('the muons of a row', () => {
  it('come from components', () => {
    const row = { E1: 5, px1: 1, py1: 2, pz1: 3, Q1: 1, E2: 6, px2: -1, py2: -2, pz2: -3, Q2: -1 };
    expect(muonsOf(row)).toEqual([
      { energy: 5, px: 1, py: 2, pz: 3, charge: 1 },
      { energy: 6, px: -1, py: -2, pz: -3, charge: -1 },
    ]);
  });

  it('come from lists of pt, eta and phi', () => {
    const row = {
      Muon_pt: [10],
      Muon_eta: [Math.asinh(2)],
      Muon_phi: [Math.PI / 2],
      Muon_mass: [0],
      Muon_charge: [-1],
    };
    const [found] = muonsOf(row);
    expect(found?.px).toBeCloseTo(0);
    expect(found?.py).toBeCloseTo(10);
    expect(found?.pz).toBeCloseTo(20);
    expect(found?.energy).toBeCloseTo(Math.hypot(10, 20));
    expect(found?.charge).toBe(-1);
  });

  it.each([
    [{ E1: 5, px1: 'a' }, 'column px1 is not a number'],
    [{ Muon_pt: 3 }, 'column Muon_pt is not a list'],
    [
      { Muon_pt: [1], Muon_eta: [], Muon_phi: [1], Muon_mass: [1], Muon_charge: [1] },
      'Muon_eta has not as many',
    ],
    [{ Muon_pt: [null] }, 'column Muon_pt is not a number'],
  ])('must be numbers: %j', (row, message) => {
    expect(() => muonsOf(row)).toThrow(message);
    expect(() => muonsOf(row)).toThrow(expect.objectContaining({ code: 'EDMESH_EVENT_CORRUPT' }));
  });

  it('has the mass that the table gives, unless it is that of more muons', () => {
    const light = { energy: 1, px: 0, py: 0, pz: 0, charge: 1 };
    expect(pairMass({ M: 91.5 }, [light, light])).toBe(91.5);
    expect(pairMass({}, [light, light])).toBe(2);
    expect(pairMass({ M: 140, E3: 5 }, [light, light])).toBe(2);
    expect(() => pairMass({ M: Number.NaN }, [light, light])).toThrow(/column M is NaN/);
  });
});
