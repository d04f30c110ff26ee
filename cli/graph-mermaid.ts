import type { ProcessGraph } from '../actors/index.ts';
import { graphModel, type GraphModule } from './graph-model.ts';

const shapes: Readonly<Record<GraphModule['role'], readonly [string, string]>> = {
  source: ['[(', ')]'],
  producer: ['(', ')'],
  filter: ['{{', '}}'],
  analyzer: ['[/', '/]'],
};

/** The graph as a Mermaid flow chart, as README files show it. Shapes, arrows and colours as in {@link graphDot}. */
export function graphMermaid(graph: ProcessGraph): string {
  const model = graphModel(graph);
  const id = new Map(graph.modules.map(({ label }, i) => [label, `m${i}`]));
  const idOf = (label: string): string => id.get(label) ?? label;
  const nodes = graph.modules.map((module) => {
    const [open, close] = shapes[module.role];
    const type = module.type === module.label ? '' : `<br/><small>${text(module.type)}</small>`;
    return `  ${idOf(module.label)}${open}"<b>${text(module.label)}</b>${type}"${close}`;
  });
  const edges = model.edges.map(
    ({ from, to, products }) =>
      `  ${idOf(from)} -->|"${products.map(text).join('<br/>')}"| ${idOf(to)}`,
  );
  const decisions = model.decisions.map(({ from, to }) => `  ${idOf(from)} -.-> ${idOf(to)}`);
  const styles = graph.modules.map((module) => {
    const { fill, line } = model.colourOf(module);
    const dashed = module.paths.length === 0 && module.role !== 'source';
    const dashes = dashed ? ',stroke-dasharray:4 3' : '';
    return `  style ${idOf(module.label)} fill:${fill},stroke:${line},color:#24292f${dashes}`;
  });
  return ['flowchart TB', ...nodes, ...edges, ...decisions, ...styles, ''].join('\n');
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
