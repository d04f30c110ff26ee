import type { ProductType } from './product-type.ts';

/** Where a product lives: in the event, the luminosity block or the run. */
export type ProductLevel = 'event' | 'lumi' | 'run';

/** The four fields that identify a product among all of a job, and their name. */
export interface Branch {
  readonly friendlyType: string;
  readonly moduleLabel: string;
  readonly productInstance: string;
  readonly processName: string;
}

/** A branch together with the type of its product and where it lives. */
export interface BranchDescription extends Branch {
  readonly type: ProductType;
  readonly level: ProductLevel;
}

/** The branch name: `friendlyType_moduleLabel_productInstance_processName`. */
export function branchName(branch: Branch): string {
  const { friendlyType, moduleLabel, productInstance, processName } = branch;
  return `${friendlyType}_${moduleLabel}_${productInstance}_${processName}`;
}
