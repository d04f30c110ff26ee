/** The program of a thread that runs lanes: takes orders, imports their config, and serves them. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import {
  collectingYoungGarbage,
  gpuOptions,
  meshConnection,
  nodeEnvironment,
  serveLane,
  type LaneOrder,
  type LaneThread,
} from '../actors/index.ts';
import { EdmeshError, isProcessTemplate, type ProcessDefinition } from '../edm/index.ts';
import { importCode, importNatively } from './config/import-code.ts';
import type { GpuChoice } from '../gpu/index.ts';
import { natsMesh, type MeshThread } from './mesh/mesh-of.ts';

/** This program is built into dist/cli. */
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));

const imported = new Map<string, Promise<unknown>>();

/** What a config exports; imported once, however many jobs of the command run on it. */
function exported(code: string): Promise<unknown> {
  let known = imported.get(code);
  if (known === undefined) {
    known = importCode(
      () => Promise.resolve(code),
      async (url) => (await importNatively(url)).default,
    );
    imported.set(code, known);
  }
  return known;
}

const thread: LaneThread = {
  async definition({ config, data }): Promise<ProcessDefinition> {
    const template = await exported(config.code);
    if (!isProcessTemplate(template)) {
      throw new EdmeshError('EDMESH_CONFIG_INVALID', 'in a thread, the config exports no process');
    }
    return { ...template.configure(config.parameters), data };
  },
  environment: (log) =>
    collectingYoungGarbage(
      nodeEnvironment({
        debug: (...said) => {
          log('debug', ...said);
        },
        info: (...said) => {
          log('info', ...said);
        },
        warn: (...said) => {
          log('warn', ...said);
        },
        error: (...said) => {
          log('error', ...said);
        },
      }),
    ),
  onUncaught(callback) {
    process.on('uncaughtException', callback);
    process.on('unhandledRejection', callback);
    return () => {
      process.off('uncaughtException', callback);
      process.off('unhandledRejection', callback);
    };
  },
  laneEnded: () => parentPort?.ref(),
  // The main thread has made them from the options of the command.
  openGpu(choice, own) {
    const installation = { packageFolder, environment: process.env, own };
    return gpuOptions(choice as Exclude<GpuChoice, 'off'>, installation).open;
  },
  connect: (mesh) => meshConnection(natsMesh(mesh as MeshThread)),
};

parentPort?.on('message', ({ order, port }: { order: LaneOrder; port: MessagePort }) => {
  // From here on the port of the lane says how long the thread lives.
  parentPort?.unref();
  serveLane(order, port, thread);
});
