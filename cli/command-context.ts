import type {
  createJob,
  declaredProducts,
  gpuOptions,
  nodeEnvironment,
  processGraph,
  WorkerLanes,
} from '../actors/index.ts';
import type { Installation } from './installation.ts';
import type { ImportModule } from './config/import-code.ts';
import type { Terminal } from './terminal.ts';

/** What runs jobs and knows their graphs and modules. */
export interface Framework {
  readonly createJob: typeof createJob;
  readonly processGraph: typeof processGraph;
  readonly declaredProducts: typeof declaredProducts;
  readonly nodeEnvironment: typeof nodeEnvironment;
  readonly gpuOptions: typeof gpuOptions;
  readonly WorkerLanes: typeof WorkerLanes;
}

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly installation: Installation;
  /** Loads the framework; only commands that need it pay for it. */
  readonly framework: () => Promise<Framework>;
  /** How configs are imported; left out: by Node. */
  readonly importModule?: ImportModule;
}
