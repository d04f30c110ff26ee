import { fileURLToPath } from 'node:url';
import { EdmeshError, withContext } from '../../edm/index.ts';

const frame = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/;

/** The innermost place of a stack trace that is in one of these files, as `file:line:column`. */
export function placeInStack(stack: string, sources: ReadonlySet<string>): string | undefined {
  for (const line of stack.split('\n')) {
    const [, at = '', row = '', column = ''] = frame.exec(line.trimEnd()) ?? [];
    const file = at.startsWith('file://') ? fileURLToPath(at) : at;
    if (sources.has(file)) return `${file}:${row}:${column}`;
  }
  return undefined;
}

/**
 * What a config threw, as an error that says where. What is not an {@link EdmeshError} yet becomes
 * `EDMESH_CONFIG_INVALID`.
 */
export function configError(
  thrown: unknown,
  file: string,
  sources: ReadonlySet<string>,
): EdmeshError {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const place = placeInStack(stack, sources) ?? file;
  if (thrown instanceof EdmeshError) return withContext(thrown, `config ${place}`);
  const said = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const fields = { file };
  return new EdmeshError('EDMESH_CONFIG_INVALID', `${place}: ${said}`, { cause: thrown, fields });
}

/** The error of a config that imports a name which is not there; Node tells the place in a form of its own. */
export function linkError(
  thrown: unknown,
  file: string,
  sources: ReadonlySet<string>,
): EdmeshError | undefined {
  if (!(thrown instanceof SyntaxError)) return undefined;
  const [, from = '', name = ''] =
    /module '(.*)' does not provide an export named '(.*)'/.exec(thrown.message) ?? [];
  if (name === '') return undefined;
  const module = /\/dist\/(?:index|testing)\.js$/.test(from)
    ? `edmesh${from.endsWith('testing.js') ? '/testing' : ''}`
    : from;
  const [, at = '', line = '', arrow = ''] =
    /^(.+):(\d+)\n.*\n( *\^)/.exec(thrown.stack ?? '') ?? [];
  const place = sources.has(at) ? `${at}:${line}:${arrow.length}` : file;
  return new EdmeshError('EDMESH_CONFIG_INVALID', `${place}: '${module}' has no export '${name}'`, {
    cause: thrown,
    fields: { file, export: name },
  });
}
