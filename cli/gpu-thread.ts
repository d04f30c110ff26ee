/** The program of a thread that drives a backend of the GPU layer. */
import { parentPort } from 'node:worker_threads';
import { isProcessTemplate } from '../edm/index.ts';
import { serveEngine, type EngineStart } from '../gpu/index.ts';
import { importCode, importNatively } from './config/import-code.ts';

parentPort?.once('message', (start: EngineStart) => {
  // From here on the port of the engine says how long the thread lives.
  parentPort?.unref();
  void serveEngine(start, {
    setDefault(name, value) {
      process.env[name] ??= value;
    },
    operationsOf: (config) =>
      importCode(
        () => Promise.resolve(config),
        async (url) => {
          const { default: template } = await importNatively(url);
          return isProcessTemplate(template) ? (template.gpuOperations ?? []) : [];
        },
      ),
  });
});
