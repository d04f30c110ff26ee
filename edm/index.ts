export { AcquireView } from './acquire-view.ts';
export { branchName } from './branch.ts';
export type { Branch, BranchDescription, ProductLevel } from './branch.ts';
export { canonicalBytes, canonicalJson, hash128 } from './canonical.ts';
export type { PlainData } from './canonical.ts';
export { JobDigest } from './digest.ts';
export { errorTable } from './error-table.ts';
export type { ErrorCode } from './error-table.ts';
export {
  asEdmeshError,
  assertNever,
  EdmeshError,
  listedError,
  withContext,
  wrongOption,
} from './errors.ts';
export type { EdmeshErrorOptions, ErrorFields } from './errors.ts';
export { errorFromData, errorToData } from './error-data.ts';
export type { ErrorData } from './error-data.ts';
export { alwaysValid, defineRecord, defineSetupProducer } from './event-setup.ts';
export type {
  IntervalOfValidity,
  IntervalUnit,
  SetupPoint,
  SetupProducerContext,
  SetupProducerInstance,
  SetupProducerType,
  SetupRecord,
} from './event-setup.ts';
export { EventView, LumiView, RunView } from './event-view.ts';
export type { ViewTables } from './event-view.ts';
export type {
  Event,
  EventInfo,
  EventReader,
  EventSetup,
  GetToken,
  LuminosityBlock,
  ProductReader,
  ProductStore,
  PutToken,
  Run,
  SetupToken,
} from './event.ts';
export { categoryExitCodes, exitCodeOf, exitStatusOf } from './exit-codes.ts';
export type { Category } from './exit-codes.ts';
export {
  addHistograms,
  createHistogram,
  fillHistogram,
  histogramEntries,
  isHistogram,
} from './histogram.ts';
export type { Histogram } from './histogram.ts';
export { HistogramProduct } from './histogram-product.ts';
export { formatEventId, idProblem } from './ids.ts';
export type { EventId, EventNumber, LumiNumber, MutableEventId, RunNumber } from './ids.ts';
export { formatInputTag, parseInputTag } from './input-tag.ts';
export type { InputTag } from './input-tag.ts';
export { silentLogger } from './logger.ts';
export type { LogFields, Logger } from './logger.ts';
export { defineAnalyzer, defineFilter, defineProducer } from './module-definition.ts';
export type {
  AnyInstance,
  CallableModuleType,
  ModuleContext,
  ModuleDeclaration,
  ModuleKind,
  ModuleRole,
  ModuleType,
  ProducesOptions,
  SelectedProducts,
  SelectionCheck,
} from './module-definition.ts';
export { knownProductType, productTypeReference, productTypesIn } from './product-reference.ts';
export type {
  AcquireEvent,
  AnalyzerInstance,
  ExternalWork,
  FilterInstance,
  Holder,
  ProducerInstance,
  TransitionHooks,
} from './module-instance.ts';
export { parseParameters, typeOf } from './parameters.ts';
export type {
  ConfigurableRole,
  ConfigurableType,
  Configuration,
  Configure,
  NoParameters,
  ParameterData,
  ParameterSchema,
} from './parameters.ts';
export { EventPrincipal } from './principals.ts';
export type { LumiPrincipal, RunPrincipal } from './principals.ts';
export {
  configurationHash,
  defineProcess,
  isProcessTemplate,
  registryKey,
} from './process-definition.ts';
export type {
  ConfigurationData,
  NamedOperation,
  ProcessBody,
  ProcessData,
  ProcessDefinition,
  ProcessTemplate,
  TypeRegistry,
} from './process-definition.ts';
export { processOptions } from './process-options.ts';
export type { ProcessOptions } from './process-options.ts';
export type { ProductLayout, ProductOf, ProductType } from './product-type.ts';
export type { AllocateBuffer } from './product-view.ts';
export { backendNames, backendOfProduct, noteBackend } from './product-backend.ts';
export type { BackendName } from './product-backend.ts';
export { compareProvenance, createProcessHistory } from './provenance.ts';
export type { ProcessHistory, ProcessStep, Provenance } from './provenance.ts';
export { CounterRandom } from './random.ts';
export type { RandomEngine } from './random.ts';
export { sumOf } from './reduction.ts';
export type { Reduction } from './reduction.ts';
export { parseKeepDrop, parseSenderPatterns } from './selectors.ts';
export type { BranchPredicate } from './selectors.ts';
export { defineProduct, defineTransient } from './serialised.ts';
export type { SerialisedType } from './serialised.ts';
export { SetupView } from './setup-view.ts';
export type { SetupStore } from './setup-view.ts';
export { columnAlignment, columnArrays, defineSoA } from './soa.ts';
export type { Columns, ColumnType, SoA, SoAOf, SoAType } from './soa.ts';
export { defineSource } from './source-definition.ts';
export type {
  IndexedReader,
  PushedEvent,
  PushedLumi,
  PushedReader,
  PushedRun,
  PushedSink,
  SequentialReader,
  SourceContext,
  SourceEvent,
  SourceInstance,
  SourceReader,
  SourceType,
} from './source-definition.ts';
export { emptyTokenTable } from './token-table.ts';
export type { LevelTable, TokenTable } from './token-table.ts';
export { noTransitions, transitionNames } from './transitions.ts';
export type { TransitionCounts, TransitionName } from './transitions.ts';
export {
  EndPathStatusProduct,
  pathStates,
  PathStatusProduct,
  sourceLabel,
  TriggerResults,
  triggerResultsLabel,
} from './trigger-results.ts';
export type { PathState, PathStatus } from './trigger-results.ts';
