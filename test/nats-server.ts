/** Servers for tests, one for a file. */
import { afterAll, beforeAll } from 'vitest';
import { startNatsServer, type NatsServer, type NatsServerOptions } from '../cli/nats-server.ts';

/** Starts a server; the program is there, or the set-up of the tests has failed. */
export async function startTestServer(options: NatsServerOptions = {}): Promise<NatsServer> {
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
