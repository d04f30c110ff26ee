import type { LaneTraits } from './lane-handle.ts';
import type { ResolvedProcess } from '../plan/resolve.ts';

/** What a process has to know of its modules to run its lanes. */
export function traitsOf({ warnings, construction }: ResolvedProcess): LaneTraits {
  const { modules } = construction;
  const watches = (...names: readonly ('beginRun' | 'endRun' | 'beginLumi' | 'endLumi')[]) =>
    modules.some(
      ({ type, first }) => type.kind === 'one' && names.some((name) => first[name] !== undefined),
    );
  return {
    warnings,
    oneLumi: watches('beginLumi', 'endLumi'),
    oneRun: watches('beginRun', 'endRun'),
    actsOnBegin: modules.some(
      ({ first }) => first.beginRun !== undefined || first.beginLumi !== undefined,
    ),
  };
}
