/** Servers for tests: one for a file, which installs nats-server where it is missing. */
import { afterAll, beforeAll } from 'vitest';
import {
  findNatsServer,
  startNatsServer,
  type NatsServer,
  type NatsServerOptions,
} from '../cli/nats-server.ts';

/** Starts a server; the program is installed first where there is none. */
export async function startTestServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  if (findNatsServer(process.env) === undefined) {
    const { installNatsServer } = await import('../scripts/nats-server.mjs');
    installNatsServer();
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
