import {
  EdmeshError,
  listedError,
  processOptions,
  registryKey,
  type ConfigurableRole,
  type ConfigurationData,
  type ParameterData,
  type ParameterSchema,
  type ProcessData,
  type ProcessDefinition,
  type ProcessOptions,
} from '../../edm/index.ts';
import { assignText, notAssignment, splitAssignment } from '../text-values.ts';

/**
 * A process with every `--set label.parameter=value` applied, in order. The label is that of a module or an event setup
 * producer, `source`, or `options`; the parameter may be a path into a nested value. Throws `EDMESH_PARAMETER` that names
 * label and field.
 */
export function applySettings(
  definition: ProcessDefinition,
  settings: readonly string[],
): ProcessDefinition {
  return settings.reduce(applySetting, definition);
}

function applySetting(definition: ProcessDefinition, setting: string): ProcessDefinition {
  const [name, text] = splitAssignment('--set', setting);
  const [label = '', ...path] = name.split('.');
  if (path.length === 0 || path.includes('') || label === '') throw notAssignment('--set', setting);
  const { data } = definition;
  const place = { setting, label, path, text };
  if (label === 'options') {
    const options = assigned(place, processOptions, data.options);
    return withData(definition, { options: options as ProcessOptions });
  }
  if (label === 'source' && data.source !== null) {
    return withData(definition, { source: reconfigured(definition, place, 'source', data.source) });
  }
  const module = own(data.modules, label);
  if (module) {
    const changed = reconfigured(definition, place, 'module', module);
    return withData(definition, { modules: { ...data.modules, [label]: changed } });
  }
  const producer = own(data.eventSetup, label);
  if (producer) {
    const changed = reconfigured(definition, place, 'setup', producer);
    return withData(definition, { eventSetup: { ...data.eventSetup, [label]: changed } });
  }
  throw unknownLabel(data, setting, label);
}

/** A process without modules, paths and event setup; the source stays. */
export function emptied(definition: ProcessDefinition): ProcessDefinition {
  const options = { ...definition.data.options, modulesToCallForTryToContinue: [] };
  const nothing = {
    modules: {},
    eventSetup: {},
    sequences: {},
    tasks: {},
    paths: {},
    endPaths: {},
  };
  return withData(definition, { ...nothing, options });
}

interface Place {
  readonly setting: string;
  readonly label: string;
  readonly path: readonly string[];
  readonly text: string;
}

function withData(definition: ProcessDefinition, change: Partial<ProcessData>): ProcessDefinition {
  return { ...definition, data: { ...definition.data, ...change } };
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function reconfigured(
  definition: ProcessDefinition,
  place: Place,
  role: ConfigurableRole,
  before: ConfigurationData,
): ConfigurationData {
  const type = definition.types.get(registryKey(role, before.type));
  if (type === undefined) {
    throw new EdmeshError('EDMESH_INTERNAL', `the type ${before.type} of ${place.label} is lost`);
  }
  const parameters = assigned(place, type.parameters, before.parameters) as ParameterData;
  return { type: before.type, parameters };
}

function assigned(
  place: Place,
  schema: ParameterSchema,
  before: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { setting, label, path, text } = place;
  const { parameters, problems } = assignText(schema, before, path, text);
  if (problems.length > 0) {
    const known = Object.keys(schema.shape).join(', ') || 'none';
    const has = (problem: string) =>
      problem.startsWith('unknown') ? `; ${label} has ${known}` : '';
    throw listedError(
      'EDMESH_PARAMETER',
      `--set ${setting}`,
      problems.map((problem) => `${label}.${path.join('.')}: ${problem}${has(problem)}`),
    );
  }
  const parsed = schema.safeParse(parameters);
  return JSON.parse(JSON.stringify(parsed.success ? parsed.data : parameters)) as ParameterData;
}

function unknownLabel(data: ProcessData, setting: string, label: string): EdmeshError {
  const labels = [
    'options',
    ...(data.source === null ? [] : ['source']),
    ...Object.keys(data.modules),
    ...Object.keys(data.eventSetup),
  ];
  return new EdmeshError(
    'EDMESH_PARAMETER',
    `--set ${setting}: process ${data.name} has no '${label}'; it has ${labels.join(', ')}`,
    { fields: { label } },
  );
}
