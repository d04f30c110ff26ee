import { z } from 'zod';
import {
  isConfiguration,
  plainParameters,
  typeOf,
  type ConfigurableRole,
  type ConfigurableType,
  type Configuration,
} from './parameters.ts';
import { processOptions } from './process-options.ts';
import { productTypesIn } from './product-reference.ts';

type Path = readonly PropertyKey[];

const roleNames: Readonly<Record<ConfigurableRole, string>> = {
  module: 'a module',
  source: 'a source',
  setup: 'an event setup producer',
};

/** What a value is, in a sentence about what it should have been. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `the string '${value}'`;
  if (typeof value === 'number' || typeof value === 'boolean') {
    return `the ${typeof value} ${String(value)}`;
  }
  if (typeof value !== 'object') return `a ${typeof value}`;
  if ('then' in value) return 'a promise';
  return Array.isArray(value) ? 'a list' : 'an object';
}

const wrongKind = (what: string) => (issue: { readonly input?: unknown }) =>
  `must be ${what}, not ${kindOf(issue.input)}`;

function configured(role: ConfigurableRole) {
  const is = (value: unknown) => isConfiguration(value) && typeOf(value).role === role;
  return z.custom(is, {
    error: ({ input }) =>
      isConfiguration(input)
        ? `${input.type} is ${roleNames[typeOf(input).role]}; ${roleNames[role]} belongs here`
        : `not a configured type but ${kindOf(input)}; call the type with its parameters`,
  });
}

function byLabel(what: string, value: z.ZodType) {
  return z
    .record(z.string(), value, { error: wrongKind(`an object of ${what} by name`) })
    .optional();
}

const labels = z.array(z.string({ error: wrongKind('a label') }), {
  error: wrongKind('a list of labels'),
});
const lists = byLabel('lists of labels', labels);

const bodyShape = z.strictObject({
  source: configured('source').optional(),
  modules: byLabel('modules', configured('module')),
  eventSetup: byLabel('event setup producers', configured('setup')),
  sequences: lists,
  tasks: lists,
  paths: lists,
  endPaths: lists,
  options: processOptions.optional(),
});

/** What is wrong with the body of a process, a line a field; empty when nothing is. */
export function bodyProblems(body: unknown): string[] {
  if (typeof body !== 'object' || body === null || 'then' in body || Array.isArray(body)) {
    return [`configure must return an object with the parts of the process, not ${kindOf(body)}`];
  }
  const issues = bodyShape.safeParse(body).error?.issues ?? [];
  return [...issues.flatMap(issueLines), ...configurationProblems(body)];
}

const processName = /^[A-Za-z][A-Za-z0-9]*$/;

/** What is wrong with the rest of the declaration of a process; empty when nothing is. */
export function headProblems(head: {
  readonly name: unknown;
  readonly description: unknown;
  readonly parameters: unknown;
  readonly configure: unknown;
  /** The parts of the body that stand in the declaration. */
  readonly parts: readonly string[];
}): string[] {
  const { name, description, parameters, configure, parts } = head;
  const problems: string[] = [];
  const naming = 'use a letter followed by letters and digits';
  if (name === undefined) problems.push(`name: it is missing; ${naming}`);
  else if (typeof name !== 'string')
    problems.push(`name: ${wrongKind('a string')({ input: name })}`);
  else if (!processName.test(name))
    problems.push(`name: '${name}' cannot name a process; ${naming}`);
  if (typeof description !== 'string') {
    problems.push(`description: ${wrongKind('a string')({ input: description })}`);
  }
  if (!(parameters instanceof z.ZodObject)) {
    problems.push(
      `parameters: ${wrongKind('a zod object, z.object({ … })')({ input: parameters })}`,
    );
  }
  if (configure === undefined) return problems;
  if (typeof configure !== 'function') {
    problems.push(`configure: ${wrongKind('a function')({ input: configure })}`);
  }
  for (const part of parts) {
    problems.push(`${part}: it stands beside configure; return it from configure instead`);
  }
  return problems;
}

function issueLines(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [`${fieldOf(issue.path)}: ${issue.message}`];
  const inBody = issue.path.length === 0;
  const known = Object.keys(inBody ? bodyShape.shape : processOptions.shape).join(', ');
  return issue.keys.map(
    (key) =>
      `${fieldOf([...issue.path, key])}: no such ${inBody ? 'part' : 'option'}; there are ${known}`,
  );
}

/** A place in the body as one would write it: `paths.p[0]`. */
function fieldOf(path: Path): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${String(key)}]`;
      return i === 0 ? String(key) : `.${String(key)}`;
    })
    .join('');
}

/** Types of one name that are not the same, and parameters that cannot be dumped. */
function configurationProblems(body: object): string[] {
  const types = new Map<string, ConfigurableType>();
  const hashes = new Map<string, string>();
  return configurationsIn(body).flatMap(([field, configuration]) => {
    const type = typeOf(configuration);
    const key = `${type.role} ${type.typeName}`;
    const known = types.get(key) ?? type;
    types.set(key, known);
    if (known !== type) return [`${field}: two different types are called ${type.typeName}`];
    const products = productTypesIn(configuration.parameters).filter(({ name, layoutHash }) => {
      const before = hashes.get(name) ?? layoutHash;
      hashes.set(name, before);
      return before !== layoutHash;
    });
    if (products.length > 0) {
      return products.map(({ name }) => `${field}: two different product types are called ${name}`);
    }
    try {
      plainParameters(configuration);
      return [];
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      return [
        `${field}: parameters are not plain data (strings, numbers, booleans, lists, objects): ${why}`,
      ];
    }
  });
}

/** Everything in a body that is a configured type, whatever else may be wrong. */
function configurationsIn(body: object): (readonly [field: string, Configuration])[] {
  const parts = new Map<string, unknown>(Object.entries(body));
  const places = new Map<string, unknown>([['source', parts.get('source')]]);
  for (const part of ['modules', 'eventSetup']) {
    const value = parts.get(part);
    if (typeof value !== 'object' || value === null) continue;
    for (const [label, each] of Object.entries(value)) places.set(fieldOf([part, label]), each);
  }
  return [...places].flatMap(([field, value]) =>
    isConfiguration(value) ? [[field, value] as const] : [],
  );
}
