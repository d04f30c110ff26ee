import {
  formatInputTag,
  processOptions,
  registryKey,
  silentLogger,
  type ConfigurableType,
  type ParameterData,
  type ProcessDefinition,
  type ProductLevel,
} from '../../edm/index.ts';
import { constructModules, constructSource, type ConstructingContext } from './construction.ts';
import { TokenCounter, type Declaration } from './declarations.ts';

/** What a module or source declares in its `construct`. */
export interface DeclaredProducts {
  readonly reads: readonly {
    readonly type: string;
    /** As in `consumes`. */
    readonly tag: string;
    readonly level: ProductLevel;
    /** Whether the process need not have it. */
    readonly optional: boolean;
  }[];
  /** Whether it reads, besides, whatever a predicate of its own selects. */
  readonly selects: boolean;
  readonly puts: readonly {
    readonly type: string;
    readonly instance: string;
    readonly level: ProductLevel;
  }[];
  /** Types of the event setup products that it reads. */
  readonly setup: readonly string[];
}

/**
 * Constructs a type of module or source alone and tells what it declares; an event setup producer declares nothing. Throws
 * nothing: what goes wrong, such as a parameter that is missing, is returned as `problem`.
 */
export function declaredProducts(
  type: ConfigurableType,
  parameters: ParameterData,
): DeclaredProducts | { readonly problem: string } {
  const problems: string[] = [];
  const definition = processOf(type, parameters);
  const context = { definition, logger: silentLogger, problems, warmUp: true };
  const declarations = declarationsOf(type, context);
  const [problem] = problems;
  if (problem !== undefined) return { problem };
  return {
    reads: declarations.flatMap((each) =>
      each.kind === 'read'
        ? [
            {
              type: each.type.name,
              tag: formatInputTag(each.tag),
              level: each.level,
              optional: each.optional,
            },
          ]
        : [],
    ),
    selects: declarations.some(({ kind }) => kind === 'match'),
    puts: declarations.flatMap((each) =>
      each.kind === 'put'
        ? [{ type: each.type.name, instance: each.instance, level: each.level }]
        : [],
    ),
    setup: declarations.flatMap((each) => (each.kind === 'setup' ? [each.type.name] : [])),
  };
}

const label = 'described';

function processOf(type: ConfigurableType, parameters: ParameterData): ProcessDefinition {
  const configuration = { type: type.typeName, parameters };
  return {
    data: {
      name: 'DESCRIBED',
      source: type.role === 'source' ? configuration : null,
      modules: type.role === 'module' ? { [label]: configuration } : {},
      eventSetup: {},
      sequences: {},
      tasks: {},
      paths: {},
      endPaths: {},
      options: processOptions.parse({}),
    },
    types: new Map([[registryKey(type.role, type.typeName), type]]),
  };
}

function declarationsOf(
  { role }: ConfigurableType,
  context: ConstructingContext & { readonly warmUp: boolean },
): readonly Declaration[] {
  if (role === 'source') return constructSource(context)?.recorder.declarations ?? [];
  const modules = constructModules(context, new TokenCounter(), new Set());
  return modules.flatMap(({ recorder }) => recorder.declarations);
}
