/** Servers for tests: one for a file, which installs nats-server where it is missing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import {
  findNatsServer,
  startNatsServer,
  type NatsServer,
  type NatsServerOptions,
} from '../cli/nats-server.ts';

/** Starts a server; the program is installed first where there is none and the environment names none. */
export async function startTestServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const isNamed = (process.env.EDMESH_NATS_SERVER ?? '') !== '';
  if (!isNamed && findNatsServer(process.env) === undefined) {
    const script = fileURLToPath(new URL('../scripts/nats-server.mjs', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr.trim());
  }
  return startNatsServer(process.env, options);
}

/** A server that all tests of a file (or of a describe block) share. */
export function useNatsServer(options: NatsServerOptions = {}): { readonly url: string } {
  let server: NatsServer | undefined;
  beforeAll(async () => {
    server = await startTestServer(options);
  }, 120_000);
  afterAll(() => server?.stop());
  return {
    get url() {
      if (server === undefined) throw new Error('the server runs only while tests do');
      return server.url;
    },
  };
}
