import { hash128 } from './canonical.ts';
import type { BackendName } from './product-backend.ts';

/** One processing step that data have gone through. */
export interface ProcessStep {
  readonly processName: string;
  /** Hash of the process definition. */
  readonly configurationHash: string;
  /** Version of edmesh that ran it. */
  readonly version: string;
}

/** The steps that data have gone through, oldest first, and a hash over them. */
export interface ProcessHistory {
  readonly id: string;
  readonly steps: readonly ProcessStep[];
}

/** Makes a process history; its id depends on every field of every step. */
export function createProcessHistory(steps: readonly ProcessStep[]): ProcessHistory {
  return { id: hash128(JSON.stringify(steps)), steps: [...steps] };
}

/** Who made a product, with which parameters, from what. */
export interface Provenance {
  readonly branchName: string;
  readonly moduleLabel: string;
  readonly moduleType: string;
  /** Hash of the module's parameters. */
  readonly parametersHash: string;
  /** Id of the process history of the event. */
  readonly processHistoryId: string;
  /** Branch names of what the module declared to read, sorted. */
  readonly parents: readonly string[];
  /**
   * The GPU backend that made this product, here or in another process; absent where the host did. Within its tolerances a
   * product may differ with it.
   */
  readonly backend?: BackendName;
}

/** The names of the fields in which two provenances differ; empty when the products were made the same way. */
export function compareProvenance(a: Provenance, b: Provenance): string[] {
  const fields = [
    'branchName',
    'moduleLabel',
    'moduleType',
    'parametersHash',
    'processHistoryId',
    'backend',
  ] as const;
  const differing: string[] = fields.filter((field) => a[field] !== b[field]);
  if (a.parents.join() !== b.parents.join()) differing.push('parents');
  return differing;
}
