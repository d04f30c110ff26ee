import { asEdmeshError, EdmeshError, type ErrorFields } from './errors.ts';
import { errorTable, type ErrorCode } from './error-table.ts';

/** An {@link EdmeshError} as plain data, as it goes from one thread or process to another. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly category: string;
  readonly fields: ErrorFields;
  readonly contexts: readonly string[];
  readonly stack: string;
  /** Message and stack of what caused it, where that was an error. */
  readonly cause: {
    readonly name: string;
    readonly message: string;
    readonly stack: string;
  } | null;
}

/** Anything that was thrown, as plain data. */
export function errorToData(thrown: unknown): ErrorData {
  const { code, message, category, fields, contexts, stack = '', cause } = asEdmeshError(thrown);
  return {
    code,
    message,
    category,
    fields: plainFields(fields),
    contexts: [...contexts],
    stack,
    cause:
      cause instanceof Error
        ? { name: cause.name, message: cause.message, stack: cause.stack ?? '' }
        : null,
  };
}

/** The error that plain data stand for. */
export function errorFromData(data: ErrorData): EdmeshError {
  const { message, category, fields, contexts, stack, cause } = data;
  const code: ErrorCode = Object.hasOwn(errorTable, data.code) ? data.code : 'EDMESH_INTERNAL';
  const error = new EdmeshError(code, message, {
    category,
    fields,
    ...(cause === null ? {} : { cause: causeFrom(cause) }),
  });
  if (stack !== '') error.stack = stack;
  error.contexts.push(...contexts);
  return error;
}

function causeFrom({ name, message, stack }: NonNullable<ErrorData['cause']>): Error {
  const cause = new Error(message);
  cause.name = name;
  if (stack !== '') cause.stack = stack;
  return cause;
}

/** Fields as they are declared: what a module sneaks in beyond that is written as text. */
function plainFields(fields: ErrorFields): ErrorFields {
  const plain = (value: unknown): string | number | boolean | readonly string[] => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return value;
    }
    return Array.isArray(value) ? value.map(String) : String(value);
  };
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(value)]));
}
