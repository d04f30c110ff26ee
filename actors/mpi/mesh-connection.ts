import type { MakeConnection } from '../lane/lane-connection.ts';
import { LaneEndpoint } from './endpoint.ts';
import type { MeshParts } from './mesh-options.ts';

/** Makes the endpoints of the lanes of a process, for the `mesh` option of its job. */
export function meshConnection(parts: MeshParts): MakeConnection {
  return (place, processName) => new LaneEndpoint(parts, place, processName);
}
