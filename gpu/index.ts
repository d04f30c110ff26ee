export { serveEngine } from './engine/serve-engine.ts';
export type { EngineStart } from './engine/engine-messages.ts';
export { openEngine } from './engine/open-engine.ts';
