import type { ConfigurableType } from '../../edm/index.ts';
import * as io from '../../io/index.ts';

/** Whether something that a folder exports is a type that a config can use. */
function isConfigurableType(value: unknown): value is ConfigurableType {
  return typeof value === 'function' && 'typeName' in value && 'parameters' in value;
}

/** The types that come with edmesh. */
export function shippedTypes(): ConfigurableType[] {
  return Object.values<unknown>(io).filter(isConfigurableType);
}
