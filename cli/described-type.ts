import type {
  ConfigurableType,
  ModuleType,
  ParameterData,
  SetupProducerType,
} from '../edm/index.ts';
import { parameterRows } from './parameter-rows.ts';
import { parameterTable } from './parameter-table.ts';

/** A type as one label of a process uses it. */
export interface TypeUse {
  readonly label: string;
  readonly parameters: ParameterData;
  /** Branch names. */
  readonly produces: readonly string[];
  readonly paths: readonly string[];
}

/** What a type is, in words: `stream producer`, `source`, `event setup producer of GeometryRecord`. */
export function typeKind(type: ConfigurableType): string {
  switch (type.role) {
    case 'source':
      return 'source';
    case 'module': {
      const { kind, moduleRole } = type as ModuleType;
      return `${kind} ${moduleRole}`;
    }
    case 'setup':
      return `event setup producer of ${(type as SetupProducerType).record.name}`;
  }
}

/** A type as people read it: what it does, its parameters, and how the labels of a process use it. */
export function describedType(type: ConfigurableType, uses: readonly TypeUse[]): string {
  const rows = parameterRows(type.parameters);
  const parameters =
    rows.length === 0 ? 'It has no parameters.\n' : `Parameters:\n${parameterTable(rows)}`;
  const labels = uses.map(({ label, parameters: values, produces, paths }) =>
    [
      `Label ${label}${paths.length === 0 ? '' : ` on ${paths.join(', ')}`}`,
      ...(rows.length === 0 ? [] : [`  parameters  ${JSON.stringify(values)}`]),
      ...produces.map((branch, i) => `  ${i === 0 ? 'puts' : '    '}        ${branch}`),
    ].join('\n'),
  );
  const head = `${type.typeName}: ${typeKind(type)}\n  ${type.description}\n`;
  return [head, parameters, ...labels.map((each) => `${each}\n`)].join('\n');
}
