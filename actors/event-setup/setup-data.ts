import type { SetupInstant } from './conditions.ts';
import type { PackedProduct } from '../lane/packed-products.ts';

/** An event setup product that lanes share, with the number of its interval. */
export interface GivenSetup {
  readonly interval: number;
  readonly product: PackedProduct;
}

/** What the event setup says at a transition. */
export type SetupData =
  /** All products by slot, in the thread of the process. */
  | { readonly kind: 'products'; readonly products: readonly unknown[] }
  /** Products that lanes share, by slot; a lane makes the others for the instant itself. */
  | {
      readonly kind: 'given';
      readonly instant: SetupInstant;
      readonly given: readonly (GivenSetup | null)[];
    };
