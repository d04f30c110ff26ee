import { EdmeshError, type TableRow } from 'edmesh';

/** A muon: energy and momentum in GeV, charge in units of e. */
export interface Muon {
  readonly energy: number;
  readonly px: number;
  readonly py: number;
  readonly pz: number;
  readonly charge: number;
}

/** Columns of the CMS dimuon CSV files: one pair a row, by components. */
export const pairColumns = ['E1', 'px1', 'py1', 'pz1', 'Q1', 'E2', 'px2', 'py2', 'pz2', 'Q2'];
/** Columns that tell whether a CSV file has the mass of the pair: `M` is it unless there is a third muon. */
export const massColumns = ['M', 'E3'];
/** Columns of NanoAOD tables: lists with one entry a muon. */
export const nanoColumns = ['Muon_pt', 'Muon_eta', 'Muon_phi', 'Muon_mass', 'Muon_charge'];

/** The muons of a row, of either shape. Throws `EDMESH_EVENT_CORRUPT` naming the column. */
export function muonsOf(row: TableRow): Muon[] {
  return 'Muon_pt' in row ? nanoMuons(row) : [pairMuon(row, '1'), pairMuon(row, '2')];
}

/** The two muons of highest transverse momentum, or `undefined` where there are fewer. */
export function leadingPair(muons: readonly Muon[]): readonly [Muon, Muon] | undefined {
  const [first, second] = muons.toSorted((a, b) => transverse(b) - transverse(a));
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** The mass of the pair in GeV: that of the table where it has one, which has more digits than its momenta. */
export function pairMass({ M: mass, E3: third }: TableRow, pair: readonly [Muon, Muon]): number {
  if (mass === undefined || third !== undefined) return invariantMass(...pair);
  return number(mass, 'M');
}

/** Invariant mass of a pair in GeV. */
export function invariantMass(a: Muon, b: Muon): number {
  const energy = a.energy + b.energy;
  const momentum = Math.hypot(a.px + b.px, a.py + b.py, a.pz + b.pz);
  return Math.sqrt(Math.max(0, (energy - momentum) * (energy + momentum)));
}

function transverse({ px, py }: Muon): number {
  return Math.hypot(px, py);
}

function pairMuon(row: TableRow, which: string): Muon {
  const cell = (name: string): number => number(row[name + which], name + which);
  return {
    energy: cell('E'),
    px: cell('px'),
    py: cell('py'),
    pz: cell('pz'),
    charge: cell('Q'),
  };
}

function nanoMuons(row: TableRow): Muon[] {
  const [pts = [], etas = [], phis = [], masses = [], charges = []] = nanoColumns.map((column) =>
    numbers(row[column], column),
  );
  for (const [index, list] of [pts, etas, phis, masses, charges].entries()) {
    if (list.length !== pts.length) {
      throw wrong(nanoColumns[index] ?? '', 'has not as many entries as Muon_pt');
    }
  }
  return pts.map((pt, index) => {
    const pz = pt * Math.sinh(etas[index] ?? 0);
    const phi = phis[index] ?? 0;
    const energy = Math.hypot(pt, pz, masses[index] ?? 0);
    const charge = charges[index] ?? 0;
    return { energy, px: pt * Math.cos(phi), py: pt * Math.sin(phi), pz, charge };
  });
}

function number(value: unknown, column: string): number {
  if (typeof value !== 'number') throw wrong(column, 'is not a number');
  if (!Number.isFinite(value)) throw wrong(column, `is ${String(value)}`);
  return value;
}

function numbers(value: unknown, column: string): number[] {
  if (Array.isArray(value)) return value.map((each) => number(each, column));
  throw wrong(column, 'is not a list');
}

function wrong(column: string, problem: string): EdmeshError {
  return new EdmeshError('EDMESH_EVENT_CORRUPT', `column ${column} ${problem}`, {
    fields: { column },
  });
}
