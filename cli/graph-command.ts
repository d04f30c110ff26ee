import type { ProcessGraph } from '../actors/index.ts';
import { assertNever } from '../edm/index.ts';
import type { CommandContext } from './command-context.ts';
import { configuredGraph, configuredProcess, readConfig } from './configured-process.ts';
import { writeOutput } from './output-files.ts';
import { oneOf } from './run-settings.ts';

/** How a graph can be written. */
const graphFormats = ['mermaid', 'dot', 'json', 'svg'] as const;
type GraphFormat = (typeof graphFormats)[number];

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
  const ending = graphFormats.find((format) => given.output?.endsWith(`.${format}`));
  const format = oneOf('--format', given.format, graphFormats, ending ?? 'mermaid');
  const config = await readConfig(configFile, context);
  const graph = await configuredGraph(config, configuredProcess(config, given), context);
  const text = await graphText(graph, format);
  if (given.output === undefined) context.terminal.out(text);
  else await writeOutput(given.output, text);
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
