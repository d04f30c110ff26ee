import type { ProcessGraph } from '../actors/index.ts';
import { EdmeshError, type ConfigurableType, type ProcessDefinition } from '../edm/index.ts';
import type { CommandContext } from './command-context.ts';
import { configuredGraph, configuredProcess, readConfig } from './config/configured-process.ts';
import { describedType, typeKind, type TypeUse } from './described-type.ts';
import { parameterHelp } from './config/config-parameters.ts';
import { productsAlone } from './products-alone.ts';
import { shippedTypes } from './config/shipped-types.ts';
import { textTable } from './text-table.ts';

/** The options of `edmesh describe`. */
export interface DescribeArguments {
  readonly config?: string;
  readonly param: readonly string[];
  readonly set: readonly string[];
}

/** What is known about types: the types, and how a process uses them. */
interface KnownTypes {
  readonly types: readonly ConfigurableType[];
  readonly from: string;
  usesOf(type: ConfigurableType): readonly TypeUse[];
}

/** `edmesh describe`: the types that there are, or one of them with parameters, defaults and products. */
export async function describeCommand(
  typeName: string | undefined,
  given: DescribeArguments,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const known = await knownTypes(given, context);
  if (typeName === undefined) {
    const rows = known.types.map((type) => [
      type.typeName,
      typeKind(type),
      known
        .usesOf(type)
        .map(({ label }) => label)
        .join(', '),
      type.description,
    ]);
    const labels = given.config === undefined ? '' : 'labels';
    terminal.out(`Types of ${known.from}\n\n`);
    const columns = ['type', 'kind', labels, 'description'].map((title) => ({ title }));
    const used = labels === '' ? [0, 1, 3] : [0, 1, 2, 3];
    const pick = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => used.includes(i));
    terminal.out(textTable(pick(columns), rows.map(pick)));
    if (known.process !== undefined) terminal.out(`\n${known.process}`);
    return;
  }
  const matching = known.types.filter((type) => type.typeName === typeName);
  if (matching.length === 0) {
    const names = known.types.map((type) => type.typeName).join(', ');
    const more = given.config === undefined ? '; name a config with --config to see its own' : '';
    throw new EdmeshError(
      'EDMESH_COMMAND_LINE',
      `describe ${typeName}: ${known.from} has no such type; it has ${names}${more}`,
    );
  }
  const framework = given.config === undefined ? await context.framework() : undefined;
  const texts = matching.map((type) =>
    describedType(type, known.usesOf(type), framework && productsAlone(type, framework)),
  );
  terminal.out(texts.join('\n'));
}

async function knownTypes(
  given: DescribeArguments,
  context: CommandContext,
): Promise<KnownTypes & { readonly process?: string }> {
  if (given.config === undefined) {
    return { types: shippedTypes(), from: 'edmesh', usesOf: () => [] };
  }
  const config = await readConfig(given.config, context);
  const definition = configuredProcess(config, given);
  const graph = await configuredGraph(config, definition, context);
  return {
    types: [...definition.types.values()],
    from: config.file,
    usesOf: (type) => usesIn(definition, graph, type),
    process: parameterHelp(config),
  };
}

function usesIn(
  { data }: ProcessDefinition,
  graph: ProcessGraph,
  type: ConfigurableType,
): TypeUse[] {
  const part = {
    module: data.modules,
    setup: data.eventSetup,
    source: data.source === null ? {} : { source: data.source },
  }[type.role];
  return Object.entries(part)
    .filter(([, each]) => each.type === type.typeName)
    .map(([label, { parameters }]) => {
      const node = graph.modules.find((module) => module.label === label);
      const products = {
        reads: graph.edges.filter(({ to }) => to === label).map(({ branch }) => branch),
        puts: node?.produces ?? [],
        setup: graph.setupEdges
          .filter(({ to }) => to === label)
          .map(({ from, product }) => `${product} from ${from}`),
      };
      return { label, parameters, products, paths: node?.paths ?? [] };
    });
}
