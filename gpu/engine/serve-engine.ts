import type { MessagePort } from 'node:worker_threads';
import { loadOperations } from '../operations/load-operations.ts';
import { EngineExecutor } from './engine-executor.ts';
import type { EngineAnswer, EngineCommand, EngineOpening, EngineStart } from './engine-messages.ts';
import { loadEngine, type EngineThread } from './load-engine.ts';

/**
 * Makes the calling thread an engine: loads what the order asks for, says on the port what came of it, and carries out the
 * commands that come there. The thread lives as long as the port is open.
 */
export async function serveEngine(
  { order, port }: EngineStart,
  thread: EngineThread,
): Promise<void> {
  const engine = await loadEngine(order, thread);
  if (engine.tf === undefined) {
    open(port, { kind: 'refused', reason: engine.reason, remedy: engine.remedy });
    port.close();
    return;
  }
  const { tf, name, driver, readsLater = false } = engine;
  const { operationModules, config } = order;
  const own = config === undefined ? [] : await thread.operationsOf(config);
  const executor = new EngineExecutor({
    backend: order.kind,
    tf,
    // WebAssembly has a memory of its own, into which it copies.
    keepsArrays: order.kind !== 'wasm',
    prefersRef: order.prefersRef,
    operations: await loadOperations(operationModules, own),
    progress: order.progress,
    answer: (answer) => {
      send(port, answer);
    },
  });
  let last = Promise.resolve();
  port.on('message', (commands: readonly EngineCommand[]) => {
    // What this rejects with ends the thread, as what the other one throws does.
    if (readsLater) last = last.then(() => executor.executeInTurn(commands));
    else executor.execute(commands);
  });
  open(port, { kind: 'opened', name, driver });
}

function open(port: MessagePort, opening: EngineOpening): void {
  port.postMessage(opening);
}

function send(port: MessagePort, answer: EngineAnswer): void {
  const buffers = answer.kind === 'done' ? answer.staged.map(({ buffer }) => buffer) : [];
  port.postMessage(
    answer,
    buffers.filter((buffer) => buffer instanceof ArrayBuffer),
  );
}
