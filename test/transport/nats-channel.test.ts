import { join, relative } from 'node:path';
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

  it('is not loaded before the first connection, and connects', async () => {
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
    const loaded = ['index.mjs'].map((name) => relative('.', join(folder.path, name)));
    for (const name of loaded) {
      const { imports = [], inputs = {} } = metafile.outputs[name] ?? {};
      expect(Object.keys(inputs).filter((input) => input.includes('@nats-io'))).toEqual([]);
      for (const { path, kind, external } of imports) {
        const isNew = kind === 'import-statement' && external !== true && !loaded.includes(path);
        if (isNew) loaded.push(path);
      }
    }
    expect(Object.keys(metafile.outputs)).toEqual(expect.arrayContaining(loaded));
    const bundled = (await import(pathToFileURL(join(folder.path, 'index.mjs')).href)) as {
      connectNats: typeof connectNats;
    };
    const channel = await bundled.connectNats({ url: server.url }, 'A');
    await channel.flush();
    await channel.close();
  });
});
