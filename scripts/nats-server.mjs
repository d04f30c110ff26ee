/**
 * Installs nats-server for the tests, which takes Debian and root. Where that fails, it ends with status 1 and one line
 * that says how to get it.
 */
import { spawnSync } from 'node:child_process';

const aptGet = (...args) =>
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0;
const install = () => aptGet('install', '-y', '--no-install-recommends', 'nats-server');

if (!install() && !(aptGet('update') && install())) {
  console.error(
    'the tests need nats-server: as root `apt-get install -y nats-server`, ' +
      'or set EDMESH_NATS_SERVER to one from https://nats.io/download',
  );
  process.exitCode = 1;
}
