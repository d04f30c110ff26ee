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
  readonly products: TouchedProducts;
  readonly paths: readonly string[];
}

/** The products that a module or source has to do with, in words. */
export interface TouchedProducts {
  readonly reads: readonly string[];
  readonly puts: readonly string[];
  /** What it reads from the event setup. */
  readonly setup: readonly string[];
}

/** What is known about the products of a type without a process: with which parameters, or why nothing is. */
export type ProductsAlone =
  | {
      readonly products: TouchedProducts;
      /** Those that had to be given. */
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly problem: string };

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

/**
 * A type as people read it: what it does, its parameters, and how the labels of a process use it; where there is no process,
 * `alone` says what is known about its products.
 */
export function describedType(
  type: ConfigurableType,
  uses: readonly TypeUse[],
  alone?: ProductsAlone,
): string {
  const rows = parameterRows(type.parameters);
  const parameters =
    rows.length === 0 ? 'It has no parameters.\n' : `Parameters:\n${parameterTable(rows)}`;
  const labels = uses.map(({ label, parameters: values, products, paths }) =>
    [
      `Label ${label}${paths.length === 0 ? '' : ` on ${paths.join(', ')}`}`,
      ...(rows.length === 0 ? [] : [line('parameters', JSON.stringify(values))]),
      ...(type.role === 'setup' ? [] : productLines(products)),
    ].join('\n'),
  );
  const head = `${type.typeName}: ${typeKind(type)}\n  ${type.description}\n`;
  const known = type.role === 'setup' ? madeText(type as SetupProducerType) : aloneText(alone);
  return [head, parameters, ...known, ...labels.map((each) => `${each}\n`)].join('\n');
}

function line(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}`;
}

function productLines({ reads, puts, setup }: TouchedProducts): string[] {
  const lines = Object.entries({ reads, puts, setup }).flatMap(([name, products]) =>
    products.map((product, i) => line(i === 0 ? name : '', product)),
  );
  return lines.length === 0 ? [line('products', 'none')] : lines;
}

function madeText({ product, record }: SetupProducerType): string[] {
  return [`Product:\n${line('makes', `${product.name} of ${record.name}, by ${record.unit}`)}\n`];
}

function aloneText(alone: ProductsAlone | undefined): string[] {
  if (alone === undefined) return [];
  if ('problem' in alone) {
    return [
      `Products: they are known where its parameters are; name a config with --config\n  ${alone.problem}\n`,
    ];
  }
  const given = Object.entries(alone.parameters).map(([key, value]) => `${key}=${value}`);
  const title = `Products${given.length === 0 ? '' : `, with ${given.join(' ')}`}:`;
  return [`${[title, ...productLines(alone.products)].join('\n')}\n`];
}
