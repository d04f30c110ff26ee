import { z } from 'zod';
import { defineProduct } from './serialised.ts';

/** What became of a path in one event. `ready` means that it has not run. */
export const pathStates = ['ready', 'pass', 'fail', 'exception'] as const;

/** What became of a path in one event. */
export type PathState = (typeof pathStates)[number];

const pathStatus = z.strictObject({
  state: z.enum(pathStates),
  /** Position of the module that decided; on a pass, of the last module. */
  index: z.int().min(0),
});

/** State of one path, and the position of the module that decided it. */
export type PathStatus = z.infer<typeof pathStatus>;

/** The status of a path; its module label is the name of the path. Put when the path ends. */
export const PathStatusProduct = defineProduct('PathStatus', pathStatus);

/** The status of an end path; its module label is the name of the end path. */
export const EndPathStatusProduct = defineProduct('EndPathStatus', pathStatus);

/** The status of every path by name, with module label `TriggerResults`; there before the first end path runs. */
export const TriggerResults = defineProduct('TriggerResults', z.record(z.string(), pathStatus));

/** The module label of the trigger results. */
export const triggerResultsLabel = 'TriggerResults';

/** The module label of what the source puts into the event. */
export const sourceLabel = 'source';
