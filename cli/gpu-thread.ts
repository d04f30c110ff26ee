/** The program of a thread that drives a backend of the GPU layer. */
import { parentPort } from 'node:worker_threads';
import { serveEngine, type EngineStart } from '../gpu/index.ts';

parentPort?.once('message', (start: EngineStart) => {
  // From here on the port of the engine says how long the thread lives.
  parentPort?.unref();
  void serveEngine(start, {
    setDefault(name, value) {
      process.env[name] ??= value;
    },
  });
});
