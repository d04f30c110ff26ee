import { createActor } from 'xstate';
import {
  asEdmeshError,
  createProcessHistory,
  emptyTokenTable,
  EdmeshError,
  EventPrincipal,
  EventView,
  formatInputTag,
  parseInputTag,
  knownProductType,
  parseParameters,
  productTypesIn,
  SetupView,
  silentLogger,
  typeOf,
  type AnyInstance,
  type Configuration,
  type EventId,
  type LevelTable,
  type ModuleType,
  type ProductLevel,
  type ProductType,
} from '../../edm/index.ts';
import { DeclarationRecorder, TokenCounter, type Declaration } from '../plan/declarations.ts';
import type { Environment } from '../environment.ts';
import { processEvent, moduleLogic, type ModuleRef } from '../stream/module.actor.ts';
import { moduleStateName, type ModuleStateName } from '../stream/module-state.ts';
import { ModuleWorker } from '../stream/module-worker.ts';
import { nodeEnvironment } from '../node-environment.ts';

/** A product for the module under test, whatever its level: input tag, type, value. Made by {@link given}. */
export interface GivenProduct {
  readonly tag: string;
  readonly type: ProductType;
  readonly product: unknown;
}

/** Gives the module under test a product to read. */
export function given<T>(tag: string, type: ProductType<T>, product: T): GivenProduct {
  return { tag, type: type, product };
}

/** What a module did to one event. */
export interface ModuleOutcome {
  /** `done`, `passed`, `rejected` or `failed`. */
  readonly state: ModuleStateName;
  /** What the module threw, in state `failed`. */
  readonly error: unknown;
  /** A product that the module put. Throws `EDMESH_PRODUCT_NOT_FOUND`. */
  product<T>(type: ProductType<T>, instance?: string): T;
}

/** One module actor, alone. */
export interface ModuleTest {
  readonly actor: ModuleRef;
  readonly instance: AnyInstance;
  /**
   * Has the actor process an event; waits for external work. Work that nothing can complete any more fails the module with
   * `EDMESH_HOLDER_ABANDONED`, work that takes too long with `EDMESH_EVENT_TIMEOUT`, as in a job.
   */
  process(event?: {
    readonly id?: EventId;
    readonly products?: readonly GivenProduct[];
  }): Promise<ModuleOutcome>;
}

/** What surrounds the module under test. */
export interface ModuleTestOptions {
  readonly label?: string;
  readonly seed?: number;
  /** Event setup products; the tag of {@link given} is not looked at. */
  readonly setup?: readonly GivenProduct[];
  /** Time that external work may take, in milliseconds: 4000 unless said otherwise; 0: any. */
  readonly timeoutMs?: number;
  /** Where time and the end of the event loop come from: Node, unless a simulated environment is given. */
  readonly environment?: Pick<Environment, 'after' | 'onIdle'>;
}

/**
 * Constructs one module and starts its actor, with nothing around it. Products that it reads are given event by event;
 * those that it puts are checked against their types. Throws `EDMESH_PARAMETER` for wrong parameters.
 */
export function testModule(
  configuration: Configuration<'module'>,
  options: ModuleTestOptions = {},
): ModuleTest {
  const type = typeOf(configuration) as ModuleType;
  const { label = 'tested', seed = 1, setup = [], timeoutMs = 4000 } = options;
  const environment = options.environment ?? nodeEnvironment(silentLogger);
  const tokens = new TokenCounter();
  const recorder = new DeclarationRecorder(label, tokens);
  const parameters = parseParameters(
    `${label} (${type.typeName})`,
    type.parameters,
    configuration.parameters,
  );
  const instance = type.construct(
    {
      label,
      processName: 'TEST',
      logger: silentLogger,
      warmUp: false,
      consumes: recorder.consumes.bind(recorder),
      mayConsume: recorder.mayConsume.bind(recorder),
      consumesMatching: recorder.consumesMatching.bind(recorder),
      produces: recorder.produces.bind(recorder),
      setupConsumes: recorder.setupConsumes.bind(recorder),
      productType: (name) => knownProductType(productTypesIn(configuration.parameters), name),
    },
    parameters as never,
  );
  recorder.finish();
  const accessor = { index: 0, label };
  const setupStore = { products: [] as unknown[] };
  const setupTable = emptyTokenTable(tokens.count);
  for (const each of recorder.declarations) {
    if (each.kind !== 'setup') continue;
    const found = setup.find((product) => product.type.name === each.type.name);
    if (found === undefined) throw notGiven(label, `${each.type.name} in the event setup`);
    setupTable.owner[each.token] = 0;
    setupTable.slot[each.token] = setupStore.products.push(found.product) - 1;
  }
  const event = levelTable(recorder, tokens.count, 'event');
  const lumi = levelTable(recorder, tokens.count, 'lumi');
  const run = levelTable(recorder, tokens.count, 'run');
  const history = createProcessHistory([]);
  const principal = new EventPrincipal(event.branches.length, history);
  const tables = {
    event,
    lumi,
    run,
    seed,
    allocate: (bytes: number) => new ArrayBuffer(bytes),
    processHistory: history,
  };
  const states = new Uint8Array(1);
  let workDone: () => void = () => undefined;
  const worker = new ModuleWorker({
    label,
    role: type.moduleRole,
    instance,
    viewForModule: () => new EventView(accessor, tables, principal),
    setup: new SetupView(accessor, setupTable, setupStore),
    cell: { states, index: 0 },
    externalWorkDone: () => {
      workDone();
    },
    lateFailure: (error) => {
      throw asEdmeshError(error);
    },
  });
  const actor = createActor(moduleLogic, { input: worker, id: label }).start();
  return {
    actor,
    instance,
    async process({ id = { run: 1, lumi: 1, event: principal.event + 1 }, products = [] } = {}) {
      for (const { tag } of products) checkTag(recorder, tag);
      principal.clear();
      Object.assign(principal, id, { ordinal: principal.ordinal + 1 });
      const ofRun = { number: 0, run: id.run, timeUs: 0, products: givenTo(run, label, products) };
      const ofLumi = {
        number: 0,
        lumi: id.lumi,
        timeUs: 0,
        products: givenTo(lumi, label, products),
      };
      principal.block = { ...ofLumi, run: ofRun };
      Object.assign(principal.products, givenTo(event, label, products));
      states[0] = 0;
      const working = new Promise<void>((resolve) => {
        workDone = resolve;
      });
      actor.send(processEvent);
      if (actor.getSnapshot().value === 'acquiring') {
        const stopWatching = watchWork(environment, label, timeoutMs, (error) => {
          worker.abandon(error);
        });
        await working;
        stopWatching();
        actor.send(processEvent);
      }
      const put = new Map(
        event.branches.flatMap((branch, slot) => {
          const product = principal.products[slot];
          if (branch.moduleLabel !== label || product === undefined) return [];
          checked({ tag: label, type: branch.type, product });
          return [[`${branch.friendlyType} ${branch.productInstance}`, product] as const];
        }),
      );
      const error = actor.getSnapshot().failure;
      const failure =
        error === undefined ? '' : `: the module failed: ${asEdmeshError(error).message}`;
      return {
        state: moduleStateName(states[0]),
        error,
        product<T>(wanted: ProductType<T>, productInstance = ''): T {
          const product = put.get(`${wanted.name} ${productInstance}`);
          if (product === undefined)
            throw notGiven(label, `${wanted.name} '${productInstance}' put${failure}`);
          return product as T;
        },
      };
    },
  };
}

/** Gives up on external work when nothing is left that could complete it, or after a time. Returns how to stop. */
function watchWork(
  environment: Pick<Environment, 'after' | 'onIdle'>,
  label: string,
  timeoutMs: number,
  giveUp: (error: EdmeshError) => void,
): () => void {
  const work = `test of ${label}: the external work`;
  const stopListening = environment.onIdle(() => {
    const message = `${work} can no longer be completed; complete its holder with done, fail or follow`;
    giveUp(new EdmeshError('EDMESH_HOLDER_ABANDONED', message, { fields: { label } }));
  });
  const late = () => {
    const message = `${work} takes longer than ${String(timeoutMs)} ms; complete its holder, or give a longer timeoutMs`;
    giveUp(new EdmeshError('EDMESH_EVENT_TIMEOUT', message, { fields: { label, timeoutMs } }));
  };
  const timer = timeoutMs > 0 ? environment.after(timeoutMs, late) : undefined;
  return () => {
    stopListening();
    timer?.cancel();
  };
}

/** What a test gives of the products of a level, by slot; what the module puts itself is left open. */
function givenTo(
  { branches }: LevelTable,
  label: string,
  products: readonly GivenProduct[],
): unknown[] {
  return branches.map(({ moduleLabel, productInstance, friendlyType }) => {
    const wanted = formatInputTag({ label: moduleLabel, instance: productInstance, process: '' });
    const found = products.find(
      ({ type, tag }) => type.name === friendlyType && sameTag(tag, wanted),
    );
    return moduleLabel === label ? undefined : checked(found);
  });
}

/** Tables in which everything that is read or put at a level has a slot of its own. */
function levelTable(
  recorder: DeclarationRecorder,
  tokens: number,
  level: ProductLevel,
): LevelTable {
  const get = emptyTokenTable(tokens);
  const put = emptyTokenTable(tokens);
  const branches: LevelTable['branches'][number][] = [];
  for (const each of recorder.declarations) {
    if ((each.kind !== 'read' && each.kind !== 'put') || each.level !== level) continue;
    const { owner, slot } = each.kind === 'read' ? get : put;
    owner[each.token] = 0;
    slot[each.token] = branches.length;
    branches.push({
      friendlyType: each.type.name,
      moduleLabel: each.kind === 'read' ? each.tag.label : recorder.label,
      productInstance: each.kind === 'read' ? each.tag.instance : each.instance,
      processName: 'TEST',
      type: each.type,
      level,
    });
  }
  return { get, put, branches, provenance: [], reductions: [] };
}

function sameTag(given: string, wanted: string): boolean {
  return formatInputTag({ ...parseInputTag(given), process: '' }) === wanted;
}

/** Refuses a product with a tag that the module reads nothing from: it is probably mistyped. */
function checkTag({ label, declarations }: DeclarationRecorder, tag: string): void {
  const isRead = (each: Declaration) =>
    each.kind === 'read' && sameTag(tag, formatInputTag({ ...each.tag, process: '' }));
  if (declarations.some(isRead)) return;
  throw new EdmeshError(
    'EDMESH_UNDECLARED_ACCESS',
    `test of ${label}: it reads nothing from '${tag}'; give what its construct consumes`,
    { fields: { label, tag } },
  );
}

function checked(given: GivenProduct | undefined): unknown {
  if (given === undefined) return undefined;
  const problem = given.type.problem(given.product);
  if (problem === undefined) return given.product;
  throw new EdmeshError('EDMESH_PRODUCT_INVALID', `${given.type.name} of ${given.tag}: ${problem}`);
}

function notGiven(label: string, what: string): EdmeshError {
  return new EdmeshError('EDMESH_PRODUCT_NOT_FOUND', `test of ${label}: no ${what}`);
}
