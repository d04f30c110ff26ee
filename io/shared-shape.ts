import { z } from 'zod';
import { EdmeshError } from '../edm/index.ts';

/** A schema of numbers that threads share. */
export const sharedNumbers = z.custom<Float64Array>(
  (value) => value instanceof Float64Array,
  'not a Float64Array',
);

/**
 * What a source was given to attach to, where it has the shape that the source shares. Throws `EDMESH_SOURCE_CONTRACT`
 * naming `input`, as a file, and the field that is wrong.
 */
export function sharedShape<S extends z.ZodType>(
  schema: S,
  shared: unknown,
  input: string,
): z.output<S> {
  const parsed = schema.safeParse(shared);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = ['shared', ...(issue?.path ?? [])].join('.');
  const reason = `${field}: ${issue?.message ?? 'of the wrong kind'}`;
  throw new EdmeshError(
    'EDMESH_SOURCE_CONTRACT',
    `${input}: cannot attach, ${reason}; pass on what share gave, to a source with the same parameters`,
    { fields: { file: input, field } },
  );
}
