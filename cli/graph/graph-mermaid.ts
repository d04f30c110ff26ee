import type { ProcessGraph } from '../../actors/index.ts';
import { graphModel, type GraphNode } from './graph-model.ts';

const shapes: Readonly<Record<GraphNode['role'], readonly [string, string]>> = {
  source: ['[(', ')]'],
  producer: ['(', ')'],
  filter: ['{{', '}}'],
  analyzer: ['[/', '/]'],
  framework: ['([', '])'],
  setup: ['[[', ']]'],
};

/**
 * The graph as a Mermaid flow chart, as README files show it. Shapes, arrows and colours as in {@link graphDot}; a box names
 * the paths in their colours.
 */
export function graphMermaid(graph: ProcessGraph): string {
  const model = graphModel(graph);
  const id = new Map(model.nodes.map(({ label }, i) => [label, `m${i}`]));
  const idOf = (label: string): string => id.get(label) ?? label;
  const legend = [
    `  subgraph legend ["process ${text(graph.process)}"]`,
    ...model.paths.map(({ kind, name }, i) => `    p${i}["${kind} ${text(name)}"]`),
    '  end',
    ...model.paths.map(
      ({ fill, line }, i) => `  style p${i} fill:${fill},stroke:${line},color:#24292f`,
    ),
  ];
  const nodes = model.nodes.map(({ label, type, role, notes }) => {
    const [open, close] = shapes[role];
    const small = [...(type === label ? [] : [type]), ...notes].map(
      (each) => `<br/><small>${text(each)}</small>`,
    );
    return `  ${idOf(label)}${open}"<b>${text(label)}</b>${small.join('')}"${close}`;
  });
  const edges = model.edges.map(
    ({ from, to, products }) =>
      `  ${idOf(from)} -->|"${products.map(text).join('<br/>')}"| ${idOf(to)}`,
  );
  const decisions = model.decisions.map(
    ({ from, to, path, negated }) =>
      `  ${idOf(from)} -.->|"${negated ? 'not, ' : ''}${text(path)}"| ${idOf(to)}`,
  );
  const styles = model.nodes.map((node) => {
    const { fill, line } = model.colourOf(node);
    const dashes = node.onDemand ? ',stroke-dasharray:4 3' : '';
    return `  style ${idOf(node.label)} fill:${fill},stroke:${line},color:#24292f${dashes}`;
  });
  const listed = model.paths.length === 0 ? [] : legend;
  return ['flowchart TB', ...listed, ...nodes, ...edges, ...decisions, ...styles, ''].join('\n');
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
