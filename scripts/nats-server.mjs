/**
 * Installs nats-server for the tests where it is missing, which takes Debian and root. Prints nothing; throws one line
 * that says how to get it where it cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Installs the package of the distribution. */
export function installNatsServer() {
  const run = (...args) =>
    spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  const install = () => run('install', '-y', '--no-install-recommends', 'nats-server').status === 0;
  if (install()) return;
  if (run('update').status === 0 && install()) return;
  throw new Error(
    'the tests need nats-server: as root `apt-get install -y nats-server`, or set EDMESH_NATS_SERVER to one from https://nats.io/download',
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installNatsServer();
