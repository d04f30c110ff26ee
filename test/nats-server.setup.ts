/** Before all tests: installs nats-server where it is missing and the environment names none. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findNatsServer } from '../cli/nats-server.ts';

/** Throws one line that says how to get the server where it cannot be installed. */
export default function setup(): void {
  const isNamed = (process.env.EDMESH_NATS_SERVER ?? '') !== '';
  if (isNamed || findNatsServer(process.env) !== undefined) return;
  const script = fileURLToPath(new URL('../scripts/nats-server.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim());
}
