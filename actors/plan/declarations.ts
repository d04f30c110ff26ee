import {
  EdmeshError,
  formatInputTag,
  parseInputTag,
  type Branch,
  type GetToken,
  type InputTag,
  type ProducesOptions,
  type ProductLevel,
  type ProductType,
  type PutToken,
  type SelectedProducts,
  type SelectionCheck,
  type SetupToken,
} from '../../edm/index.ts';

/** A declared read. */
export interface ReadDeclaration {
  readonly kind: 'read';
  readonly type: ProductType;
  readonly tag: InputTag;
  readonly level: ProductLevel;
  readonly optional: boolean;
  readonly token: number;
}

/** A declared put. */
export interface PutDeclaration {
  readonly kind: 'put';
  readonly type: ProductType;
  readonly instance: string;
  readonly level: ProductLevel;
  readonly reduce: ((a: unknown, b: unknown) => unknown) | undefined;
  readonly token: number;
}

/** A declared read of the event setup. */
export interface SetupDeclaration {
  readonly kind: 'setup';
  readonly type: ProductType;
  readonly token: number;
}

/** A declared read of whatever a predicate selects. */
export interface MatchDeclaration {
  readonly kind: 'match';
  readonly predicate: (branch: Branch) => boolean;
  readonly check: SelectionCheck | undefined;
  readonly selected: SelectedProducts['selected'][number][];
}

/** Anything that a module declares while it is constructed. */
export type Declaration = ReadDeclaration | PutDeclaration | SetupDeclaration | MatchDeclaration;

/** Gives out tokens: integers that are unique in a process. */
export class TokenCounter {
  #next = 0;

  /** Tokens given out so far. */
  get count(): number {
    return this.#next;
  }

  next(): number {
    return this.#next++;
  }
}

const productInstance = /^[A-Za-z0-9]*$/;

/**
 * Records what one label declares, up to {@link DeclarationRecorder.finish}. The first instance of a module defines its
 * declarations; every further instance must repeat them in the same order and gets the same tokens.
 */
export class DeclarationRecorder {
  readonly label: string;
  readonly declarations: Declaration[] = [];
  readonly #tokens: TokenCounter;
  #replayed = -1;
  #finished = false;

  constructor(label: string, tokens: TokenCounter) {
    this.label = label;
    this.#tokens = tokens;
  }

  /** From here on another instance declares the same once more. */
  replay(): void {
    this.#replayed = 0;
    this.#finished = false;
  }

  /** The instance has been constructed: checks that it declared everything, and takes no more from it. */
  finish(): void {
    this.#finished = true;
    if (this.#replayed !== -1 && this.#replayed !== this.declarations.length) throw this.#differs();
  }

  consumes<T, L extends ProductLevel = 'event'>(
    type: ProductType<T>,
    tag: string,
    level?: L,
  ): GetToken<T, L> {
    this.#mustBeOpen('consumes');
    return this.#read(type, tag, level ?? 'event', false) as GetToken<T, L>;
  }

  mayConsume<T, L extends ProductLevel = 'event'>(
    type: ProductType<T>,
    tag: string,
    level?: L,
  ): GetToken<T, L> {
    this.#mustBeOpen('mayConsume');
    return this.#read(type, tag, level ?? 'event', true) as GetToken<T, L>;
  }

  consumesMatching(
    predicate: (branch: Branch) => boolean,
    check?: SelectionCheck,
  ): SelectedProducts {
    this.#mustBeOpen('consumesMatching');
    const before = this.#before('match');
    if (before !== undefined) return { selected: before.selected };
    const selected: MatchDeclaration['selected'] = [];
    this.declarations.push({ kind: 'match', predicate, check, selected });
    return { selected };
  }

  produces<T, L extends ProductLevel = 'event'>(
    type: ProductType<T>,
    options: ProducesOptions<T, L> = {},
  ): PutToken<T, L> {
    this.#mustBeOpen('produces');
    const { instance = '', reduce } = options;
    const level: ProductLevel = options.level ?? 'event';
    if (!productInstance.test(instance)) {
      throw new EdmeshError(
        'EDMESH_DEFINITION',
        `${this.label}: '${instance}' is not a product instance name; use letters and digits`,
      );
    }
    const before = this.#before('put');
    if (before !== undefined) {
      const same = before.instance === instance && before.level === level;
      if (before.type !== type || !same) throw this.#differs();
      return before.token as PutToken<T, L>;
    }
    const token = this.#tokens.next();
    const erased = reduce as PutDeclaration['reduce'];
    this.declarations.push({
      kind: 'put',
      type: type,
      instance,
      level,
      reduce: erased,
      token,
    });
    return token as PutToken<T, L>;
  }

  setupConsumes<T>(type: ProductType<T>): SetupToken<T> {
    this.#mustBeOpen('setupConsumes');
    const before = this.#before('setup');
    if (before !== undefined) {
      if (before.type !== type) throw this.#differs();
      return before.token as SetupToken<T>;
    }
    const token = this.#tokens.next();
    this.declarations.push({ kind: 'setup', type: type, token });
    return token as SetupToken<T>;
  }

  #read<T>(type: ProductType<T>, text: string, level: ProductLevel, optional: boolean): number {
    const before = this.#before('read');
    const tag = parseInputTag(text);
    if (before !== undefined) {
      const sameTag = formatInputTag(before.tag) === formatInputTag(tag);
      if (before.type !== type || !sameTag || before.level !== level) throw this.#differs();
      return before.token;
    }
    const token = this.#tokens.next();
    this.declarations.push({
      kind: 'read',
      type: type,
      tag,
      level,
      optional,
      token,
    });
    return token;
  }

  /** The declaration that the first instance made here, when this is a further instance. */
  #before<K extends Declaration['kind']>(kind: K): Extract<Declaration, { kind: K }> | undefined {
    if (this.#replayed === -1) return undefined;
    const before = this.declarations[this.#replayed++];
    if (before?.kind !== kind) throw this.#differs();
    return before as Extract<Declaration, { kind: K }>;
  }

  #mustBeOpen(method: string): void {
    if (!this.#finished) return;
    throw new EdmeshError(
      'EDMESH_MODULE_CONTRACT',
      `${this.label} calls ${method} after its construct has returned; declare everything in construct`,
      { fields: { label: this.label } },
    );
  }

  #differs(): EdmeshError {
    return new EdmeshError(
      'EDMESH_MODULE_CONTRACT',
      `${this.label}: an instance declares other products than the one before; construct must declare the same every time`,
      { fields: { label: this.label } },
    );
  }
}
