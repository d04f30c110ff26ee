import type { EdmeshError, ProcessOptions } from '../../edm/index.ts';

/** What an exception of a module does to the job. */
export type ExceptionAction = 'rethrow' | 'tryToContinue' | 'ignoreCompletely';

/** Maps the category of an exception to an action; a category in no list is rethrown. */
export function exceptionPolicy(
  options: Pick<ProcessOptions, 'rethrow' | 'tryToContinue' | 'ignoreCompletely'>,
): (error: EdmeshError) => ExceptionAction {
  const actions = new Map<string, ExceptionAction>();
  for (const category of options.rethrow) actions.set(category, 'rethrow');
  for (const category of options.tryToContinue) actions.set(category, 'tryToContinue');
  for (const category of options.ignoreCompletely) actions.set(category, 'ignoreCompletely');
  return (error) => actions.get(error.category) ?? 'rethrow';
}
