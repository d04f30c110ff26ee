import { connectionOf } from '../lane/lane-connection.ts';
import { LaneEndpoint } from './endpoint.ts';

/** The endpoint of the lane that a module or source is constructed for; `undefined` where the process runs alone. */
export function endpointOf(context: object): LaneEndpoint | undefined {
  const connection = connectionOf(context);
  return connection instanceof LaneEndpoint ? connection : undefined;
}
