import { listedError, type ProcessDefinition } from '../../edm/index.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { splitAssignment } from '../text-values.ts';

/** A process as the sharing out of options sees it. */
export interface Reachable {
  readonly definition: ProcessDefinition;
  /** Whether its events come from another process. */
  readonly hasController: boolean;
}

/** Whether a config has the parameter of a `-p`. */
export function declares({ template }: LoadedConfig, assignment: string): boolean {
  return Object.hasOwn(template.parameters.shape, splitAssignment('-p', assignment)[0]);
}

/** Throws `EDMESH_PARAMETER` that lists each `-p` which no config has. */
export function checkParameters(configs: readonly LoadedConfig[], param: readonly string[]): void {
  const lost = param.filter((text) => !configs.some((config) => declares(config, text)));
  if (lost.length === 0) return;
  const known = configs.map(({ template }) => {
    const names = Object.keys(template.parameters.shape);
    return `${template.name} has ${names.length === 0 ? 'none' : names.join(', ')}`;
  });
  throw listedError(
    'EDMESH_PARAMETER',
    'parameters (-p) of the cluster',
    lost.map((text) => `${splitAssignment('-p', text)[0]}: no process has it; ${known.join('; ')}`),
  );
}

/** Whether a `--set` is about a process: it has the label. A source that is a controller's end is not meant. */
export function reaches(
  { definition: { data }, hasController }: Reachable,
  setting: string,
): boolean {
  const label = splitAssignment('--set', setting)[0].split('.')[0] ?? '';
  if (label === 'options') return true;
  if (label === 'source') return data.source !== null && !hasController;
  return Object.hasOwn(data.modules, label) || Object.hasOwn(data.eventSetup, label);
}

/** Throws `EDMESH_PARAMETER` that lists each `--set` which is about no process. */
export function checkLabels(drafts: readonly Reachable[], set: readonly string[]): void {
  const lost = set.filter((text) => !drafts.some((draft) => reaches(draft, text)));
  if (lost.length === 0) return;
  throw listedError(
    'EDMESH_PARAMETER',
    'parameters (--set) of the cluster',
    lost.map((text) => `${text}: no process has '${text.split('.')[0] ?? ''}'`),
  );
}
