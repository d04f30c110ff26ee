import type { DeclaredProducts } from '../actors/index.ts';
import type { ConfigurableType, ProductLevel } from '../edm/index.ts';
import type { Framework } from './command-context.ts';
import type { ProductsAlone, TouchedProducts } from './described-type.ts';
import { parameterRows } from './parameter-rows.ts';

/**
 * What a type of module or source declares with the defaults of its parameters. A text that is required, such as the name
 * of a file, gets its own name in capitals: what is declared does not depend on such, and nothing is opened.
 */
export function productsAlone(
  type: ConfigurableType,
  { declaredProducts }: Pick<Framework, 'declaredProducts'>,
): ProductsAlone {
  const required = parameterRows(type.parameters).filter(
    (row) => row.required && row.type === 'string' && !row.name.includes('.'),
  );
  const parameters = Object.fromEntries(required.map(({ name }) => [name, name.toUpperCase()]));
  const declared = declaredProducts(type, parameters);
  if ('problem' in declared) return declared;
  return { products: inWords(declared), parameters };
}

function inWords({ reads, selects, puts, setup }: DeclaredProducts): TouchedProducts {
  return {
    reads: [
      ...reads.map(
        ({ type, tag, level, optional }) =>
          `${type} from '${tag}'${placeOf(level)}${optional ? ', where there is one' : ''}`,
      ),
      ...(selects ? ['what its predicate selects'] : []),
    ],
    puts: puts.map(
      ({ type, instance, level }) =>
        `${type}${instance === '' ? '' : ` '${instance}'`}${placeOf(level)}`,
    ),
    setup,
  };
}

function placeOf(level: ProductLevel): string {
  return level === 'event' ? '' : `, in the ${level}`;
}
