import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^edmesh$/, replacement: here('index.ts') },
      { find: /^edmesh\/testing$/, replacement: here('actors/testing/index.ts') },
    ],
  },
  test: {
    globalSetup: ['test/nats-server.setup.ts'],
    setupFiles: ['test/seed.setup.ts'],
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
