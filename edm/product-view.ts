import { branchName, type ProductLevel } from './branch.ts';
import { EdmeshError } from './errors.ts';
import type { GetToken, ProductStore, PutToken } from './event.ts';
import type { LevelStore } from './principals.ts';
import { backendOfProduct } from './product-backend.ts';
import type { Provenance } from './provenance.ts';
import type { Columns, SoA, SoAType } from './soa.ts';
import type { LevelTable } from './token-table.ts';

/** Who looks: the index by which the token tables know a module, and its label. */
export interface Accessor {
  readonly index: number;
  readonly label: string;
}

/** Gives out zeroed memory for a product of a type, by its name. */
export type AllocateBuffer = (bytes: number, type: string) => ArrayBufferLike;

/** One module's view of the products of a level: it checks that the module declared what it touches. */
export class ProductView<L extends ProductLevel> implements ProductStore<L> {
  #products: unknown[];
  #gathered: unknown[] | undefined;
  readonly #accessor: Accessor;
  readonly #index: number;
  readonly #table: LevelTable;
  readonly #allocate: AllocateBuffer;
  readonly #getOwner: Int32Array;
  readonly #getSlot: Int32Array;
  readonly #putOwner: Int32Array;
  readonly #putSlot: Int32Array;

  constructor(accessor: Accessor, table: LevelTable, store: LevelStore, allocate: AllocateBuffer) {
    this.#products = store.products;
    this.#gathered = store.gathered;
    this.#accessor = accessor;
    this.#index = accessor.index;
    this.#table = table;
    this.#allocate = allocate;
    this.#getOwner = table.get.owner;
    this.#getSlot = table.get.slot;
    this.#putOwner = table.put.owner;
    this.#putSlot = table.put.slot;
  }

  /** Looks at another run or luminosity block. */
  lookAt(store: LevelStore): void {
    this.#products = store.products;
    this.#gathered = store.gathered;
  }

  find<T>(token: GetToken<T, L>): T | undefined {
    if (this.#getOwner[token] !== this.#index) throw this.#undeclared('read');
    return this.#products[this.#getSlot[token] ?? -1] as T | undefined;
  }

  get<T>(token: GetToken<T, L>): T {
    const product = this.find(token);
    if (product === undefined) throw this.#absent(token);
    return product;
  }

  put<T>(token: PutToken<T, L>, product: T): void {
    if (this.#putOwner[token] !== this.#index) throw this.#undeclared('put');
    if (product === undefined) throw this.#nothingPut();
    const slot = this.#putSlot[token] ?? -1;
    const products = this.#products;
    if (this.#gathered !== undefined) {
      this.#gather(this.#gathered, slot, product);
      return;
    }
    const present = products[slot];
    products[slot] = present === undefined ? product : this.#combined(slot, present, product);
  }

  allocate<C extends Columns>(type: SoAType<C>, size: number): SoA<C> {
    return type.view(this.#allocate(type.byteLength(size), type.name), size);
  }

  provenance(token: GetToken<unknown, L>): Provenance {
    const backend = backendOfProduct(this.get(token));
    const provenance = this.#table.provenance[this.#getSlot[token] ?? -1];
    if (provenance === undefined) throw this.#absent(token);
    return backend === undefined ? provenance : { ...provenance, backend };
  }

  /**
   * Combines a product with what was put beside what was there before, which stays as it is: a reduction may change what it
   * gets, and that one belongs to others too.
   */
  #gather(gathered: unknown[], slot: number, added: unknown): void {
    const products = this.#products;
    const own = gathered[slot];
    const isAlone = products[slot] === own;
    const sum = own === undefined ? added : this.#combined(slot, own, added);
    gathered[slot] = sum;
    if (isAlone) products[slot] = sum;
  }

  #combined(slot: number, present: unknown, added: unknown): unknown {
    const reduce = this.#table.reductions[slot];
    if (reduce !== undefined) return reduce(present, added);
    const branch = this.#table.branches[slot];
    const name = branch === undefined ? `slot ${String(slot)}` : branchName(branch);
    throw new EdmeshError('EDMESH_PUT_TWICE', `${this.#accessor.label} puts ${name} twice`, {
      fields: { label: this.#accessor.label, branch: name },
    });
  }

  #nothingPut(): EdmeshError {
    const { label } = this.#accessor;
    return new EdmeshError(
      'EDMESH_PRODUCT_INVALID',
      `${label} puts undefined, which is no product`,
      {
        fields: { label },
      },
    );
  }

  #absent(token: number): EdmeshError {
    const branch = this.#table.branches[this.#getSlot[token] ?? -1];
    const { label } = this.#accessor;
    if (branch === undefined) {
      return new EdmeshError(
        'EDMESH_PRODUCT_NOT_FOUND',
        `${label} asks for a product that no module makes`,
      );
    }
    const name = branchName(branch);
    return new EdmeshError(
      'EDMESH_PRODUCT_NOT_FOUND',
      `${label} asks for ${name}, which ${branch.moduleLabel} has not put`,
      { fields: { label, branch: name } },
    );
  }

  #undeclared(verb: string): EdmeshError {
    const { label } = this.#accessor;
    return new EdmeshError(
      'EDMESH_UNDECLARED_ACCESS',
      `${label} ${verb}s a product with a token it did not declare; call consumes or produces in its construct`,
      { fields: { label } },
    );
  }
}
