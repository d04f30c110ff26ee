import {
  asEdmeshError,
  branchName,
  EndPathStatusProduct,
  hash128,
  canonicalJson,
  emptyTokenTable,
  PathStatusProduct,
  sourceLabel,
  TriggerResults,
  triggerResultsLabel,
  type Branch,
  type BranchDescription,
  type LevelTable,
  type PlainData,
  type ProcessData,
  type ProcessHistory,
  type ProductLevel,
  type ProductType,
  type Provenance,
} from '../../edm/index.ts';
import type { Construction } from './construction.ts';
import type {
  DeclarationRecorder,
  MatchDeclaration,
  PutDeclaration,
  ReadDeclaration,
} from './declarations.ts';
import { didYouMean, ownEntry } from './path-items.ts';

/** The accessor index of the source in the token tables. */
export const sourceIndex = -2;

/** A product somebody makes. */
interface Made {
  readonly branch: BranchDescription;
  /** Index of the module; {@link sourceIndex} for the source; undefined for what the framework puts. */
  readonly maker: number | undefined;
  readonly reduce: PutDeclaration['reduce'];
  readonly putToken: number | undefined;
}

const levels = ['event', 'lumi', 'run'] as const satisfies readonly ProductLevel[];

/** Products of a process by level and slot, and who reads what. */
export class ProductRegistry {
  readonly #data: ProcessData;
  readonly #failed: ReadonlySet<string>;
  readonly #made: Readonly<Record<ProductLevel, Made[]>> = { event: [], lumi: [], run: [] };
  readonly #bySource = new Map<string, number>();
  /** For each level, pairs of reading module and slot. */
  readonly reads: Readonly<
    Record<ProductLevel, { reader: number; slot: number; token: number }[]>
  > = {
    event: [],
    lumi: [],
    run: [],
  };

  constructor(construction: Construction, data: ProcessData, problems: string[]) {
    this.#data = data;
    this.#failed = construction.failed;
    if (construction.source !== undefined) {
      this.#addPuts(sourceLabel, sourceIndex, construction.source.recorder, problems);
    }
    construction.modules.forEach((module, index) => {
      this.#addPuts(module.label, index, module.recorder, problems);
      this.#checkReductions(module.type.kind, module.recorder, problems);
    });
    for (const path of Object.keys(data.paths)) this.#addStatus(path, PathStatusProduct);
    this.#addStatus(triggerResultsLabel, TriggerResults);
    for (const path of Object.keys(data.endPaths)) this.#addStatus(path, EndPathStatusProduct);
    construction.modules.forEach((module, index) => {
      for (const each of module.recorder.declarations) {
        if (each.kind === 'read') this.#resolve(module.label, index, each, problems);
        if (each.kind === 'match') {
          this.#made.event.forEach((made, slot) => {
            if (made.maker === undefined || made.maker === index) return;
            if (!this.#selects(module.label, each, made.branch, problems)) return;
            const token = construction.tokens.next();
            this.reads.event.push({ reader: index, slot, token });
            const { branch } = made;
            each.selected.push({ branch, type: branch.type, token: token as never });
          });
          for (const problem of each.check?.(each.selected) ?? [])
            problems.push(`${module.label}: ${problem}`);
        }
      }
    });
  }

  /** Branches of a level by slot. */
  branches(level: ProductLevel): readonly BranchDescription[] {
    return this.#made[level].map((made) => made.branch);
  }

  /** Index of the module that makes a product; {@link sourceIndex}, or undefined for the framework. */
  makerOf(level: ProductLevel, slot: number): number | undefined {
    return this.#made[level][slot]?.maker;
  }

  /** Slots of the event products of each of so many modules. */
  slotsByMaker(modules: number): number[][] {
    const slots = Array.from({ length: modules }, (): number[] => []);
    this.#made.event.forEach(({ maker }, slot) => slots[maker ?? -1]?.push(slot));
    return slots;
  }

  /** Slot of an event product that the framework puts. */
  statusSlot(label: string, type: ProductType): number {
    return this.#bySource.get(keyOf('event', label, '', type.name)) ?? -1;
  }

  /** The token tables of a level, once every token has been given out. */
  table(level: ProductLevel, construction: Construction, history: ProcessHistory): LevelTable {
    const made = this.#made[level];
    const get = emptyTokenTable(construction.tokens.count);
    const put = emptyTokenTable(construction.tokens.count);
    for (const { reader, slot, token } of this.reads[level]) {
      get.owner[token] = reader;
      get.slot[token] = slot;
    }
    made.forEach(({ maker, putToken }, slot) => {
      if (maker === undefined || putToken === undefined) return;
      put.owner[putToken] = maker;
      put.slot[putToken] = slot;
    });
    return {
      get,
      put,
      branches: made.map(({ branch }) => branch),
      provenance: made.map((each) => this.#provenance(each, construction, history)),
      reductions: made.map(({ reduce }) => reduce),
    };
  }

  /** Asks a predicate about a branch; one that throws is a problem, and selects nothing. */
  #selects(
    label: string,
    { predicate }: MatchDeclaration,
    branch: Branch,
    problems: string[],
  ): boolean {
    try {
      return predicate(branch);
    } catch (thrown) {
      const problem = `${label}: its predicate for products throws: ${asEdmeshError(thrown).message}`;
      if (!problems.includes(problem)) problems.push(problem);
      return false;
    }
  }

  #addPuts(label: string, maker: number, recorder: DeclarationRecorder, problems: string[]): void {
    for (const each of recorder.declarations) {
      if (each.kind !== 'put') continue;
      const { type, instance, level, reduce, token } = each;
      const key = keyOf(level, label, instance, type.name);
      if (this.#bySource.has(key))
        problems.push(`${label} declares ${type.name} '${instance}' twice`);
      this.#add(label, instance, type, { level, maker, reduce, putToken: token });
    }
  }

  #addStatus(label: string, type: ProductType): void {
    this.#add(label, '', type, {
      level: 'event',
      maker: undefined,
      reduce: undefined,
      putToken: undefined,
    });
  }

  #add(
    moduleLabel: string,
    productInstance: string,
    type: ProductType,
    rest: Omit<Made, 'branch'> & { level: ProductLevel },
  ): void {
    const { level, ...made } = rest;
    const branch = {
      friendlyType: type.name,
      moduleLabel,
      productInstance,
      processName: this.#data.name,
      type,
      level,
    };
    this.#bySource.set(
      keyOf(level, moduleLabel, productInstance, type.name),
      this.#made[level].length,
    );
    this.#made[level].push({ branch, ...made });
  }

  #checkReductions(kind: string, recorder: DeclarationRecorder, problems: string[]): void {
    for (const each of recorder.declarations) {
      if (each.kind !== 'put' || each.level === 'event' || kind !== 'stream') continue;
      if (each.reduce === undefined) {
        problems.push(
          `${recorder.label} puts ${each.type.name} into the ${each.level} from every EDM stream; declare its reduction`,
        );
      }
    }
  }

  #resolve(label: string, reader: number, read: ReadDeclaration, problems: string[]): void {
    const { tag, type, level, token, optional } = read;
    const own = tag.process === '' || tag.process === this.#data.name;
    const slot = own
      ? this.#bySource.get(keyOf(level, tag.label, tag.instance, type.name))
      : undefined;
    const branch = slot === undefined ? undefined : this.#made[level][slot]?.branch;
    if (slot !== undefined && branch !== undefined) {
      if (branch.type !== type && branch.type.layoutHash !== type.layoutHash) {
        problems.push(
          `${label} reads ${type.name} from '${tag.label}', which makes another type of that name with a different layout`,
        );
      }
      this.reads[level].push({ reader, slot, token });
      return;
    }
    this.reads[level].push({ reader, slot: -1, token });
    if (optional || this.#failed.has(tag.label)) return;
    problems.push(`${label} reads ${this.#missing(read)}`);
  }

  /** Explains why a read has no producer. */
  #missing({ tag, type, level }: ReadDeclaration): string {
    const wanted = `${type.name}${tag.instance === '' ? '' : ` '${tag.instance}'`} from '${tag.label}'`;
    if (tag.process !== '' && tag.process !== this.#data.name) {
      return `${wanted} of process '${tag.process}', which is not in the history of this one`;
    }
    const all = levels.flatMap((each) => this.#made[each].map((made) => made.branch));
    const same = all.filter((branch) => branch.moduleLabel === tag.label);
    if (same.length > 0) {
      const there = same.map((branch) => {
        const where = branch.level === level ? '' : ` (in the ${branch.level})`;
        const instance = branch.productInstance === '' ? '' : ` '${branch.productInstance}'`;
        return `${branch.friendlyType}${instance}${where}`;
      });
      return `${wanted}, which makes ${there.join(', ')}`;
    }
    if (ownEntry(this.#data.modules, tag.label) !== undefined || tag.label === sourceLabel) {
      return `${wanted}, which makes nothing`;
    }
    const known = [...Object.keys(this.#data.modules), sourceLabel];
    return `${wanted}: there is no such module${didYouMean(tag.label, known)}`;
  }

  #provenance(made: Made, construction: Construction, history: ProcessHistory): Provenance {
    const { branch, maker } = made;
    const module = maker === undefined ? undefined : construction.modules[maker];
    const parents = levels.flatMap((level) =>
      this.reads[level]
        .filter(({ reader, slot }) => reader === maker && slot >= 0)
        .map(({ slot }) => this.#made[level][slot]?.branch)
        .filter((each) => each !== undefined)
        .map(branchName),
    );
    const parameters =
      module?.parameters ?? (maker === sourceIndex ? construction.source?.parameters : {});
    return {
      branchName: branchName(branch),
      moduleLabel: branch.moduleLabel,
      moduleType:
        module?.type.typeName ??
        (maker === sourceIndex ? construction.source?.type : undefined) ??
        'framework',
      parametersHash: hash128(canonicalJson((parameters ?? {}) as PlainData)),
      processHistoryId: history.id,
      parents: parents.sort(),
    };
  }
}

function keyOf(level: ProductLevel, label: string, instance: string, type: string): string {
  return `${level} ${label} ${instance} ${type}`;
}
