export { given, testModule } from './module-test.ts';
export type { GivenProduct, ModuleOutcome, ModuleTest, ModuleTestOptions } from './module-test.ts';
export { createProbe } from './probe.ts';
export type { Probe } from './probe.ts';
export { eventSource, runProcess, sourceProduct } from './run-process.ts';
export type { EventData, ProcessOutcome, SourceProduct } from './run-process.ts';
export { settle, simulatedEnvironment } from './simulated-environment.ts';
export type { SimulatedEnvironment } from './simulated-environment.ts';
