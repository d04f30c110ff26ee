import { listedError } from '../../edm/index.ts';
import type { LoadedConfig } from './load-config.ts';
import { parameterRows } from '../parameter-rows.ts';
import { parameterTable } from '../parameter-table.ts';
import { assignText, splitAssignment } from '../text-values.ts';

/** What the command line says about the parameters of a config. */
export interface ParameterArguments {
  /** The `key=value` of every `-p`; the last one of a key counts. */
  readonly param: readonly string[];
  /** Sets the parameter `validation` where the config has it; validators of other configs are always on. */
  readonly validation?: boolean | undefined;
  /** Sets the parameter `histograms` where the config has it. */
  readonly histograms?: boolean | undefined;
}

/**
 * The parameters that a config is configured with. Throws `EDMESH_PARAMETER` that lists every unknown key and every
 * value that its schema refuses, and `EDMESH_COMMAND_LINE`.
 */
export function configParameters(
  config: Pick<LoadedConfig, 'template' | 'file'>,
  given: ParameterArguments,
): Readonly<Record<string, unknown>> {
  const schema = config.template.parameters;
  const declared = Object.keys(schema.shape);
  const texts = new Map(given.param.map((text) => splitAssignment('-p', text)));
  if (given.validation && declared.includes('validation') && !texts.has('validation')) {
    texts.set('validation', 'true');
  }
  if (given.histograms && declared.includes('histograms') && !texts.has('histograms')) {
    texts.set('histograms', 'true');
  }
  let parameters: Readonly<Record<string, unknown>> = {};
  const problems: string[] = [];
  for (const [key, text] of texts) {
    if (!declared.includes(key)) {
      const known = declared.length === 0 ? 'it has none' : `it has ${declared.join(', ')}`;
      problems.push(`${key}: no such parameter; ${known}`);
      continue;
    }
    const assigned = assignText(schema, parameters, [key], text);
    parameters = assigned.parameters;
    problems.push(...assigned.problems.map((problem) => `${key}: ${problem}; got ${text}`));
  }
  for (const { name, required } of parameterRows(schema)) {
    if (required && declared.includes(name) && !texts.has(name)) {
      problems.push(`${name}: required; give it with -p ${name}=…`);
    }
  }
  if (problems.length > 0) {
    throw listedError('EDMESH_PARAMETER', `parameters (-p) of ${config.file}`, problems);
  }
  return parameters;
}

/** The help text about the parameters of a config. */
export function parameterHelp(config: LoadedConfig): string {
  const { name, description } = config.template;
  const rows = parameterRows(config.template.parameters);
  const head = `Process ${name}${description === '' ? '' : `: ${description}`}`;
  if (rows.length === 0) return `${head}\nIt has no parameters.\n`;
  return `${head}\n\nParameters (-p key=value):\n${parameterTable(rows)}`;
}
