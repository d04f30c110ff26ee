/** How the graph of a process is drawn: data, decisions, paths and the event setup, in every format. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ProcessGraph } from '../../actors/index.ts';
import { graphText } from '../../cli/graph/graph-command.ts';
import { program } from './program-run.ts';
import { scratchFolder } from './scratch-folder.ts';
import { xmlProblem } from './xml-problem.ts';

const folder = scratchFolder();

const module = (label: string, role: ProcessGraph['modules'][number]['role'], paths: string[]) => ({
  label,
  type: `${label}Type`,
  role,
  kind: 'stream' as const,
  paths,
  produces: [`T_${label}__P`],
});
const graph: ProcessGraph = {
  process: 'P',
  modules: [
    module('source', 'source', []),
    module('make_it', 'producer', []),
    module('pick', 'filter', ['main', 'other', 'third', 'end']),
    module('look', 'analyzer', ['main', 'other']),
    module('TriggerResults', 'framework', []),
  ],
  edges: [
    { from: 'source', to: 'make_it', branch: 'T_source__P' },
    { from: 'make_it', to: 'pick', branch: 'T_make_it_first_P' },
    { from: 'make_it', to: 'pick', branch: 'U_make_it__P' },
    { from: 'TriggerResults', to: 'look', branch: 'TriggerResults_TriggerResults__P' },
  ],
  eventSetup: [{ label: 'geometry', type: 'File', record: 'R', unit: 'run', product: 'Geometry' }],
  setupEdges: [{ from: 'geometry', to: 'make_it', product: 'Geometry' }],
  paths: {
    main: [
      { label: 'pick', operation: 'take' },
      { label: 'look', operation: 'take' },
    ],
    other: [
      { label: 'pick', operation: 'negate' },
      { label: 'look', operation: 'take' },
    ],
    third: [{ label: 'pick', operation: 'negate' }],
  },
  endPaths: { end: [{ label: 'pick', operation: 'ignore' }] },
  warnings: [],
};

describe('a graph', () => {
  it('in dot has data, decisions, shapes, paths and the event setup', async () => {
    const dot = await graphText(graph, 'dot');
    expect(dot).toContain('"make_it" -> "pick" [label="T first\\nU"]');
    expect(dot).toMatch(/"pick" \[.*shape=hexagon/);
    expect(dot).toContain(
      'label="pick\\npickType\\nnegated on other\\nnegated on third\\nignored on end"',
    );
    const decisions = [...dot.matchAll(/"pick" -> "look" \[style=dashed.*\]/g)].map(String);
    expect(decisions).toHaveLength(2);
    expect(decisions[0]).not.toContain('label');
    expect(decisions[1]).toContain('label="not"');
    expect(dot).toMatch(/"geometry" \[label="geometry\\nFile", shape=tab, style="filled"/);
    expect(dot).toContain('"geometry" -> "make_it" [label="Geometry"]');
    expect(dot).toMatch(/"TriggerResults" \[.*shape=ellipse, style="filled"/);
    expect(dot).toMatch(/"make_it" \[.*style="filled,rounded,dashed"/);
  });

  it('in Mermaid has them too, and the names of the paths', async () => {
    const mermaid = await graphText(graph, 'mermaid');
    expect(mermaid).toMatch(/^flowchart TB\n {2}subgraph legend \["process P"\]\n/);
    for (const [i, name] of ['path main', 'path other', 'path third', 'end path end'].entries()) {
      expect(mermaid).toContain(`p${String(i)}["${name}"]`);
    }
    expect(mermaid).toContain('m2{{"<b>pick</b><br/><small>pickType</small>');
    expect(mermaid).toContain('<small>negated on third</small><br/><small>ignored on end</small>');
    expect(mermaid).toContain('m1 -->|"T first<br/>U"| m2');
    expect(mermaid).toContain('m2 -.->|"main"| m3');
    expect(mermaid).toContain('m2 -.->|"not, other"| m3');
    expect(mermaid).toContain('m5[["<b>geometry</b>');
    expect(mermaid).toContain('m5 -->|"Geometry"| m1');
    expect(mermaid).toContain('m4 -->|"TriggerResults"| m3');
  });

  it('in JSON is all that is known', async () => {
    expect(JSON.parse(await graphText(graph, 'json'))).toEqual(graph);
  });

  it('is drawn', async () => {
    const svg = await graphText(graph, 'svg');
    expect(xmlProblem(svg)).toBeUndefined();
    const labels = [...graph.modules, ...graph.eventSetup].map(({ label }) => label);
    for (const text of [...labels, 'negated on third', 'ignored on end', 'path main']) {
      expect(svg).toContain(text);
    }
  });
});

describe('edmesh graph', () => {
  const config = folder.write(
    'flow.config.ts',
    "import { defineProcess, EmptySource } from 'edmesh';\n" +
      "export default defineProcess({ name: 'FLOW', source: EmptySource() });\n",
  );
  const draw = (...args: string[]) => program(['graph', config, ...args]);

  it.each([
    ['g.mmd', /^flowchart/],
    ['g.mermaid', /^flowchart/],
    ['g.txt', /^flowchart/],
    ['plain', /^flowchart/],
    ['g.gv', /^digraph/],
    ['g.dot', /^digraph/],
    ['g.json', /^\{/],
    ['g.SVG', /^<\?xml/],
  ])('writes %s by its ending', async (name, beginning) => {
    const { status, err } = await draw('-o', `${folder.path}/${name}`);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(readFileSync(`${folder.path}/${name}`, 'utf8')).toMatch(beginning);
  });

  it.each([
    ['g.png', [], 'a graph is not written into .png'],
    ['g.pdf', ['--format', 'svg'], '--format svg is not written into .pdf'],
    ['h.svg', ['--format', 'dot'], '--format dot is not written into .svg'],
    ['h.json', ['--format', 'mermaid'], '--format mermaid is not written into .json'],
  ])('refuses %s with %j', async (name, args, message) => {
    const { status, err } = await draw('-o', `${folder.path}/${name}`, ...args);
    expect(status).toBe(88);
    expect(err).toContain(message);
    expect(err).toContain('svg (.svg)');
    expect(existsSync(`${folder.path}/${name}`)).toBe(false);
  });
});
