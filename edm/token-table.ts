import type { BranchDescription } from './branch.ts';
import type { Provenance } from './provenance.ts';

/** What tokens stand for: who declared each, and the slot of its product (-1: nobody makes it). */
export interface TokenTable {
  readonly owner: Int32Array;
  readonly slot: Int32Array;
}

/** A table for so many tokens, none of which stands for anything yet. */
export function emptyTokenTable(tokens: number): TokenTable {
  return { owner: new Int32Array(tokens).fill(-1), slot: new Int32Array(tokens).fill(-1) };
}

/** Everything about the products of one level of a process. */
export interface LevelTable {
  readonly get: TokenTable;
  readonly put: TokenTable;
  /** Branches by slot. */
  readonly branches: readonly BranchDescription[];
  /** How each product is made, by slot. */
  readonly provenance: readonly Provenance[];
  /** The declared reduction of each product, by slot. */
  readonly reductions: readonly (((a: unknown, b: unknown) => unknown) | undefined)[];
}
