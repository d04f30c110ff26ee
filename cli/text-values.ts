import { EdmeshError, type ParameterSchema } from '../edm/index.ts';

/** A `name=value` of the command line. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function splitAssignment(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw notAssignment(option, text);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The error of an option that is not what it should look like. */
export function notAssignment(option: string, text: string): EdmeshError {
  const form = option === '-p' ? 'key=value' : 'label.parameter=value';
  return new EdmeshError('EDMESH_COMMAND_LINE', `${option} ${text}: write ${option} ${form}`, {
    fields: { option },
  });
}

/** What a text of the command line may mean, best first: JSON where it is JSON, and the text itself. */
function meanings(text: string): unknown[] {
  try {
    return [JSON.parse(text) as unknown, text];
  } catch {
    return [text];
  }
}

/** Parameters with one value set, and what the schema says against that value; empty when it fits. */
export interface Assigned {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

/**
 * Sets the value at a path, as the meaning of the text that the schema accepts: `12` is a number where a number is
 * asked for and a text where a text is. Looks only at what the schema says about this path.
 */
export function assignText(
  schema: ParameterSchema,
  parameters: Readonly<Record<string, unknown>>,
  path: readonly string[],
  text: string,
): Assigned {
  const tries = meanings(text).map((value): Assigned => {
    const changed = withValue(parameters, path, value) as Readonly<Record<string, unknown>>;
    const issues = schema.safeParse(changed).error?.issues ?? [];
    const problems = issues.flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') {
        const unknown = issue.keys.find((key) => isPrefix([...issue.path, key], path));
        return unknown === undefined ? [] : [`unknown parameter '${unknown}'`];
      }
      return isPrefix(path, issue.path) || (issue.path.length > 0 && isPrefix(issue.path, path))
        ? [issue.message]
        : [];
    });
    return { parameters: changed, problems };
  });
  const best = tries.find(({ problems }) => problems.length === 0) ?? tries[0];
  return best ?? { parameters, problems: [] };
}

function isPrefix(start: readonly PropertyKey[], path: readonly PropertyKey[]): boolean {
  return start.every((key, i) => String(key) === String(path[i])) && start.length <= path.length;
}

/** A copy of plain data with the value at a path replaced; objects on the way are made where they are missing. */
function withValue(data: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(data) && /^\d+$/.test(key) && Number(key) <= data.length) {
    const copy: unknown[] = [...(data as readonly unknown[])];
    copy[Number(key)] = withValue(copy[Number(key)], rest, value);
    return copy;
  }
  const old = typeof data === 'object' && data !== null && !Array.isArray(data) ? data : {};
  const before: unknown = Object.getOwnPropertyDescriptor(old, key)?.value;
  const entries = Object.entries(old).filter(([each]) => each !== key);
  return Object.fromEntries([...entries, [key, withValue(before, rest, value)]]);
}
