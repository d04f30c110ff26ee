import type { AnyActorRef } from 'xstate';
import { listedError, type ProcessDefinition } from '../../edm/index.ts';
import type { SetupInstant } from '../event-setup/conditions.ts';
import { constructSetups, constructSource } from '../plan/construction.ts';
import type { Environment } from '../environment.ts';
import type { LaneTraits } from '../lane/lane-handle.ts';
import { isShared } from '../lane/lane-setup.ts';
import { openEventSetup } from '../event-setup/open-event-setup.ts';
import type { SetupData } from '../event-setup/setup-data.ts';
import { sharedSetup } from '../event-setup/shared-setup.ts';

/** What a process has instances of itself: its source and its event setup producers. */
export type JobInstances = NonNullable<LaneTraits['instances']>;

/** Constructs the source and the event setup producers for the process itself, as its lanes have done before. */
export function instancesOf(definition: ProcessDefinition, environment: Environment): JobInstances {
  const problems: string[] = [];
  const context = { definition, logger: environment.logger, problems };
  const source = constructSource(context);
  const setups = constructSetups(context);
  if (source !== undefined && problems.length === 0) return { source, setups };
  const title = `process ${definition.data.name} cannot be constructed`;
  throw listedError('EDMESH_CONFIGURATION', title, problems);
}

/** Starts the event setup of a job. A lane that is alone gets all products; where there are several, what they can share. */
export async function openJobSetup(
  process: AnyActorRef,
  setups: JobInstances['setups'],
  isAlone: boolean,
): Promise<(instant: SetupInstant) => Promise<SetupData>> {
  const made = isAlone ? setups : setups.filter(({ type }) => isShared(type));
  const setupAt = await openEventSetup(process, made);
  if (!isAlone) return sharedSetup(setups, setupAt);
  return async (instant) => ({ kind: 'products', products: await setupAt(instant) });
}
