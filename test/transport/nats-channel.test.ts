import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { connectNats } from '../../transport/index.ts';
import { scratchFolder } from '../cli/scratch-folder.ts';
import { useNatsServer } from '../nats-server.ts';
import { channelContract } from './channel.contract.ts';

const server = useNatsServer();

describe('nats', () => {
  channelContract({ kind: 'nats', connect: (name) => connectNats({ url: server.url }, name) });
});

describe('the NATS client in a bundle', () => {
  const folder = scratchFolder();

  it('connects, and is loaded with the first connection only', async () => {
    const { metafile } = await build({
      entryPoints: ['transport/index.ts'],
      outdir: folder.path,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      banner: {
        js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
      },
      metafile: true,
    });
    const withClient = Object.entries(metafile.outputs)
      .filter(([, { inputs }]) => Object.keys(inputs).some((input) => input.includes('@nats-io')))
      .map(([name]) => name);
    expect(withClient).toHaveLength(1);
    const importing = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.filter(({ path }) => withClient.includes(path)).map(({ kind }) => kind),
    );
    expect(importing).toEqual(['dynamic-import']);
    const bundled = (await import(pathToFileURL(join(folder.path, 'index.mjs')).href)) as {
      connectNats: typeof connectNats;
    };
    const channel = await bundled.connectNats({ url: server.url }, 'A');
    await channel.flush();
    await channel.close();
  });
});
