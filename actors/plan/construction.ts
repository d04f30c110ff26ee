import {
  asEdmeshError,
  knownProductType,
  parseParameters,
  registryKey,
  type AnyInstance,
  type ConfigurableRole,
  type ConfigurableType,
  type ConfigurationData,
  type Logger,
  type ModuleType,
  type ProcessDefinition,
  type SetupProducerInstance,
  type SetupProducerType,
  type SourceContext,
  type SourceInstance,
  type SourceType,
} from '../../edm/index.ts';
import { operationsOfProcess, setGpu, setOperations, type LaneGpu } from '../gpu/index.ts';
import { setConnection, type LaneConnection } from '../lane/lane-connection.ts';
import { DeclarationRecorder, TokenCounter } from './declarations.ts';

/** A module label with its type, what it declared, and how to make instances. */
export interface ConstructedModule {
  readonly label: string;
  readonly type: ModuleType;
  readonly parameters: unknown;
  readonly recorder: DeclarationRecorder;
  readonly first: AnyInstance;
  /** A further instance, for another EDM stream. */
  readonly another: () => AnyInstance;
}

/** The source with what it declared. */
export interface ConstructedSource {
  readonly type: string;
  readonly parameters: unknown;
  readonly recorder: DeclarationRecorder;
  readonly instance: SourceInstance;
}

/** An event setup producer. */
export interface ConstructedSetup {
  readonly label: string;
  readonly type: SetupProducerType;
  readonly instance: SetupProducerInstance<unknown>;
}

/** Everything that has been constructed from a definition. */
export interface Construction {
  readonly modules: readonly ConstructedModule[];
  readonly source: ConstructedSource | undefined;
  readonly setups: readonly ConstructedSetup[];
  readonly tokens: TokenCounter;
  /** Labels that could not be constructed; what they would have put is not known. */
  readonly failed: ReadonlySet<string>;
}

/** What constructing takes from outside, and where it says what goes wrong. */
export interface ConstructingContext {
  readonly definition: ProcessDefinition;
  readonly logger: Logger;
  /** All problems are added here. */
  readonly problems: string[];
  /** What modules and source reach with their context. */
  readonly connection?: LaneConnection | undefined;
  readonly gpu?: LaneGpu | undefined;
}

/** Makes the first instance of everything; what goes wrong is added to `problems`, all of it. */
export function constructAll(
  context: ConstructingContext & { readonly warmUp: boolean },
): Construction {
  const tokens = new TokenCounter();
  const failed = new Set<string>();
  const modules = constructModules(context, tokens, failed);
  const source = constructSource(context, tokens);
  if (source === undefined && context.definition.data.source !== null) failed.add('source');
  return { modules, source, setups: constructSetups(context), tokens, failed };
}

/** Makes the first instances of the modules, without those that go wrong, whose labels are added to `failed`. */
export function constructModules(
  context: ConstructingContext & { readonly warmUp: boolean },
  tokens: TokenCounter,
  failed: Set<string>,
): ConstructedModule[] {
  const { definition, logger, warmUp, problems } = context;
  const { data } = definition;
  const operations = operationsOfProcess(definition);
  const modules: ConstructedModule[] = [];
  for (const [label, configuration] of Object.entries(data.modules)) {
    const type = typed(context, 'module', label, configuration) as ModuleType | undefined;
    if (type === undefined) {
      failed.add(label);
      continue;
    }
    const where = `${label} (${type.typeName})`;
    const recorder = new DeclarationRecorder(label, tokens);
    const moduleContext = {
      label,
      processName: data.name,
      logger,
      warmUp,
      consumes: recorder.consumes.bind(recorder),
      mayConsume: recorder.mayConsume.bind(recorder),
      consumesMatching: recorder.consumesMatching.bind(recorder),
      produces: recorder.produces.bind(recorder),
      setupConsumes: recorder.setupConsumes.bind(recorder),
      productType: (name: string) =>
        knownProductType(definition.productTypes?.values() ?? [], name),
    };
    setConnection(moduleContext, context.connection);
    setGpu(moduleContext, context.gpu);
    setOperations(moduleContext, operations);
    const made = attempt(problems, where, () => {
      const parameters = parseParameters(where, type.parameters, configuration.parameters);
      const first = type.construct(moduleContext, parameters as never);
      recorder.finish();
      const problem = instanceProblem(type, first);
      if (problem !== undefined) problems.push(`${where}: ${problem}`);
      return { parameters, first };
    });
    if (made === undefined) {
      failed.add(label);
      continue;
    }
    modules.push({
      label,
      type,
      ...made,
      recorder,
      another() {
        recorder.replay();
        const instance = type.construct(moduleContext, made.parameters as never);
        recorder.finish();
        return instance;
      },
    });
  }
  return modules;
}

/** Makes the source; `undefined` where that goes wrong. */
export function constructSource(
  context: ConstructingContext,
  tokens = new TokenCounter(),
): ConstructedSource | undefined {
  const { definition, logger, problems } = context;
  const { name: processName, source: configuration } = definition.data;
  if (configuration === null) {
    problems.push(`process ${processName} has no source`);
    return undefined;
  }
  const type = typed(context, 'source', 'source', configuration) as SourceType | undefined;
  const where = `source (${configuration.type})`;
  return attempt(problems, where, () => {
    if (type === undefined) return undefined;
    const recorder = new DeclarationRecorder('source', tokens);
    const parameters = parseParameters(where, type.parameters, configuration.parameters);
    const sourceContext: SourceContext = {
      processName,
      logger,
      produces: (product, instance) =>
        recorder.produces(product, instance === undefined ? {} : { instance }),
    };
    setConnection(sourceContext, context.connection);
    const instance = type.construct(sourceContext, parameters as never);
    recorder.finish();
    return { type: type.typeName, parameters, recorder, instance };
  });
}

/** Makes the event setup producers, without those that go wrong. */
export function constructSetups(context: ConstructingContext): ConstructedSetup[] {
  const { definition, logger, problems } = context;
  const setups: ConstructedSetup[] = [];
  for (const [label, configuration] of Object.entries(definition.data.eventSetup)) {
    const type = typed(context, 'setup', label, configuration) as SetupProducerType | undefined;
    if (type === undefined) continue;
    const where = `${label} (${type.typeName})`;
    const instance = attempt(problems, where, () => {
      const parameters = parseParameters(where, type.parameters, configuration.parameters);
      return type.construct({ label, logger }, parameters as never);
    });
    if (instance !== undefined) setups.push({ label, type, instance });
  }
  return setups;
}

function attempt<T>(problems: string[], where: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (thrown) {
    problems.push(describe(where, thrown));
    return undefined;
  }
}

function typed(
  { definition, problems }: ConstructingContext,
  role: ConfigurableRole,
  label: string,
  configuration: ConfigurationData,
): ConfigurableType | undefined {
  const type = definition.types.get(registryKey(role, configuration.type));
  if (type === undefined) problems.push(`${label}: no ${role} type '${configuration.type}'`);
  return type;
}

/** What a thrown error says, without repeating where it happened. */
function describe(where: string, thrown: unknown): string {
  const error = asEdmeshError(thrown);
  const listed = error.fields.problems;
  const text = Array.isArray(listed) ? listed.join('; ') : error.message;
  return `${where}: ${text}`;
}

const streamHooks = [
  'beginStream',
  'streamBeginRun',
  'streamBeginLumi',
  'streamEndLumi',
  'streamEndRun',
  'endStream',
] as const;

const mainCall = { producer: 'produce', filter: 'filter', analyzer: 'analyze' } as const;

function instanceProblem(type: ModuleType, instance: AnyInstance): string | undefined {
  const method = mainCall[type.moduleRole];
  if (typeof instance[method] !== 'function') return `its construct returns no '${method}'`;
  const hook = streamHooks.find((name) => instance[name] !== undefined);
  if (type.kind === 'one' && hook !== undefined) {
    return `a 'one' module has no EDM streams, but it has '${hook}'`;
  }
  return undefined;
}
