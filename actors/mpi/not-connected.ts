import { EdmeshError } from '../../edm/index.ts';

/** What a process with MPI modules that runs alone fails with. */
export function notConnected(label: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_NOT_CONNECTED',
    `${label} works only in a job of several processes; run it with edmesh cluster and the configs of the others, ` +
      'or with --nats URL --job NAME',
    { fields: { label } },
  );
}
