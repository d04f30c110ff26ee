import {
  asEdmeshError,
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
  type SourceInstance,
  type SourceType,
} from '../edm/index.ts';
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

/** Makes the first instance of everything; what goes wrong is added to `problems`, all of it. */
export function constructAll(
  definition: ProcessDefinition,
  context: { readonly logger: Logger; readonly warmUp: boolean },
  problems: string[],
): Construction {
  const { data, types } = definition;
  const tokens = new TokenCounter();
  const { logger, warmUp } = context;
  const processName = data.name;

  const attempt = <T>(where: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (thrown) {
      problems.push(describe(where, thrown));
      return undefined;
    }
  };
  const typed = (role: ConfigurableRole, label: string, configuration: ConfigurationData) => {
    const type: ConfigurableType | undefined = types.get(registryKey(role, configuration.type));
    if (type === undefined) problems.push(`${label}: no ${role} type '${configuration.type}'`);
    return type;
  };

  const failed = new Set<string>();
  const modules: ConstructedModule[] = [];
  for (const [label, configuration] of Object.entries(data.modules)) {
    const type = typed('module', label, configuration) as ModuleType | undefined;
    if (type === undefined) {
      failed.add(label);
      continue;
    }
    const where = `${label} (${type.typeName})`;
    const recorder = new DeclarationRecorder(label, tokens);
    const moduleContext = {
      label,
      processName,
      logger,
      warmUp,
      consumes: recorder.consumes.bind(recorder),
      mayConsume: recorder.mayConsume.bind(recorder),
      consumesMatching: recorder.consumesMatching.bind(recorder),
      produces: recorder.produces.bind(recorder),
      setupConsumes: recorder.setupConsumes.bind(recorder),
    };
    const made = attempt(where, () => {
      const parameters = parseParameters(where, type.parameters, configuration.parameters);
      const first = type.construct(moduleContext, parameters as never);
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

  let source: ConstructedSource | undefined;
  if (data.source === null) problems.push(`process ${processName} has no source`);
  else {
    const configuration = data.source;
    const type = typed('source', 'source', configuration) as SourceType | undefined;
    const where = `source (${configuration.type})`;
    source = attempt(where, () => {
      if (type === undefined) return undefined;
      const recorder = new DeclarationRecorder('source', tokens);
      const parameters = parseParameters(where, type.parameters, configuration.parameters);
      const instance = type.construct(
        {
          processName,
          logger,
          produces: (product, instance) =>
            recorder.produces(product, instance === undefined ? {} : { instance }),
        },
        parameters as never,
      );
      return { type: type.typeName, parameters, recorder, instance };
    });
    if (source === undefined) failed.add('source');
  }

  const setups: ConstructedSetup[] = [];
  for (const [label, configuration] of Object.entries(data.eventSetup)) {
    const type = typed('setup', label, configuration) as SetupProducerType | undefined;
    if (type === undefined) continue;
    const where = `${label} (${type.typeName})`;
    const instance = attempt(where, () => {
      const parameters = parseParameters(where, type.parameters, configuration.parameters);
      return type.construct({ label, logger }, parameters as never);
    });
    if (instance !== undefined) setups.push({ label, type, instance });
  }
  return { modules, source, setups, tokens, failed };
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
