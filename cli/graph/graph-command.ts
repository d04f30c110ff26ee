import { extname } from 'node:path';
import type { ProcessGraph } from '../../actors/index.ts';
import { assertNever, EdmeshError } from '../../edm/index.ts';
import type { CommandContext } from '../command-context.ts';
import { configuredGraph, configuredProcess, readConfig } from '../config/configured-process.ts';
import { writeOutput } from '../output-files.ts';
import { oneOf } from '../run/run-settings.ts';

/** How a graph can be written. */
const graphFormats = ['mermaid', 'dot', 'json', 'svg'] as const;
type GraphFormat = (typeof graphFormats)[number];

/** Endings of the files that each is written into. */
const endings: Readonly<Record<GraphFormat, readonly string[]>> = {
  mermaid: ['.mermaid', '.mmd', '.txt'],
  dot: ['.dot', '.gv', '.txt'],
  json: ['.json', '.txt'],
  svg: ['.svg'],
};

/** The options of `edmesh graph`. */
export interface GraphArguments {
  readonly param: readonly string[];
  readonly set: readonly string[];
  readonly format?: string;
  readonly output?: string;
}

/** `edmesh graph`: the graph of a process as text or picture. */
export async function graphCommand(
  configFile: string,
  given: GraphArguments,
  context: CommandContext,
): Promise<void> {
  const format = formatOf(given);
  const config = await readConfig(configFile, context);
  const graph = await configuredGraph(config, configuredProcess(config, given), context);
  const text = await graphText(graph, format);
  if (given.output === undefined) context.terminal.out(text);
  else await writeOutput(given.output, text);
}

/** The format asked for, else the one that the ending of the output stands for. Throws `EDMESH_COMMAND_LINE`. */
function formatOf({ format, output }: GraphArguments): GraphFormat {
  const ending = output === undefined ? '' : extname(output).toLowerCase();
  const meant = graphFormats.find((each) => endings[each].includes(ending));
  const chosen = oneOf('--format', format, graphFormats, meant ?? 'mermaid');
  if (output === undefined || ending === '' || endings[chosen].includes(ending)) return chosen;
  const known = graphFormats.flatMap((each) => `${each} (${endings[each].join(', ')})`).join(', ');
  const what = format === undefined ? 'a graph is not' : `--format ${chosen} is not`;
  throw new EdmeshError(
    'EDMESH_COMMAND_LINE',
    `--output ${output}: ${what} written into ${ending}; there are ${known}`,
    { fields: { option: '--output' } },
  );
}

/** The graph in one of its formats. */
export async function graphText(graph: ProcessGraph, format: GraphFormat): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(graph, undefined, 2)}\n`;
    case 'mermaid':
      return (await import('./graph-mermaid.ts')).graphMermaid(graph);
    case 'dot':
      return (await import('./graph-dot.ts')).graphDot(graph);
    case 'svg': {
      const { graphDot } = await import('./graph-dot.ts');
      const { instance } = await import('@viz-js/viz');
      return (await instance()).renderString(graphDot(graph), { format: 'svg' });
    }
    default:
      return assertNever(format);
  }
}
