import type { ProcessGraph } from '../../actors/index.ts';
import { graphModel, type GraphNode, type PathStyle } from './graph-model.ts';

const shapes: Readonly<Record<GraphNode['role'], string>> = {
  source: 'cylinder',
  producer: 'box',
  filter: 'hexagon',
  analyzer: 'note',
  framework: 'ellipse',
  setup: 'tab',
};

/**
 * The graph in the language of Graphviz. Arrows are data, dashed ones what a filter decides about; colours are paths;
 * white modules run on demand.
 */
export function graphDot(graph: ProcessGraph): string {
  const model = graphModel(graph);
  const nodes = model.nodes.map((node) => {
    const { label, type, role, notes, onDemand } = node;
    const { fill, line } = model.colourOf(node);
    // Plain labels are centred whatever font the reader's machine has; HTML ones are not.
    const text = [label, ...(type === label ? [] : [type]), ...notes].join('\n');
    const attributes = [
      `label=${quoted(text)}`,
      `shape=${shapes[role]}`,
      `style="filled${role === 'producer' ? ',rounded' : ''}${onDemand ? ',dashed' : ''}"`,
      `fillcolor="${fill}"`,
      `color="${line}"`,
    ];
    return `  ${quoted(label)} [${attributes.join(', ')}];`;
  });
  const edges = model.edges.map(
    ({ from, to, products }) =>
      `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(products.join('\n'))}];`,
  );
  const decisions = model.decisions.map(({ from, to, path, negated }) => {
    const colour = model.paths.find(({ name }) => name === path)?.line ?? '#57606a';
    const label = negated ? ', label="not"' : '';
    return `  ${quoted(from)} -> ${quoted(to)} [style=dashed, color="${colour}", arrowhead=onormal${label}];`;
  });
  return [
    `digraph ${quoted(graph.process)} {`,
    '  graph [rankdir=TB, fontname="Helvetica,Arial,sans-serif", fontsize=14, labelloc=t, nodesep=0.4, ranksep=0.55,',
    `    label=<${legend(graph.process, model.paths)}>];`,
    '  node [fontname="Helvetica,Arial,sans-serif", fontsize=12, penwidth=1.4, margin="0.25,0.09"];',
    '  edge [fontname="Helvetica,Arial,sans-serif", fontsize=9, fontcolor="#57606a", color="#57606a", arrowsize=0.7];',
    ...nodes,
    ...edges,
    ...decisions,
    '}\n',
  ].join('\n');
}

/** Room for readers whose font is wider than the one that Graphviz reckons with. */
const spare = '&#160;'.repeat(9);

function legend(process: string, paths: readonly PathStyle[]): string {
  const cells = paths.map(
    ({ name, kind, fill, line }) =>
      `<TD BGCOLOR="${fill}" COLOR="${line}" BORDER="1">${small(`${kind} ${name}`)}${spare}</TD>`,
  );
  const title = `<TD>process ${html(process)}</TD>`;
  return `<TABLE BORDER="0" CELLSPACING="8" CELLPADDING="8"><TR>${title}${cells.join('')}</TR></TABLE>`;
}

function small(text: string): string {
  return `<FONT POINT-SIZE="10">${html(text)}</FONT>`;
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
