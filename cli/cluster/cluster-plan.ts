import { EdmeshError, type ProcessDefinition, wrongOption } from '../../edm/index.ts';
import {
  withOwn,
  withoutMesh,
  type ClusterArguments,
  type ClusterSettings,
} from './cluster-settings.ts';
import { checkLabels, checkParameters, declares, reaches } from './cluster-shares.ts';
import { configParameters } from '../config/config-parameters.ts';
import { configuredWith } from '../config/configured-process.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { followerSource } from '../journal/make-journal.ts';
import { runSettings, type RunArguments, type RunSettings } from '../run/run-settings.ts';

/** A process of a cluster before it runs. */
export interface PlannedMember {
  readonly name: string;
  readonly config: LoadedConfig;
  /** What its `edmesh run` would be given. */
  readonly given: RunArguments;
  readonly settings: RunSettings;
  readonly definition: ProcessDefinition;
  /** Whether its events come from another process. */
  readonly hasController: boolean;
}

/** Options about events, which only a process without a controller can follow. */
const eventOptions = {
  maxEvents: '--max-events',
  skipEvents: '--skip-events',
  runFor: '--run-for',
} as const satisfies Partial<Record<keyof RunArguments, string>>;

/**
 * Shares the options of the command out to the processes of its configs: `-p` to each that declares the parameter, `--set`
 * to each that has the label, those about events to each without a controller, `--for` to the one it names. Throws
 * `EDMESH_PARAMETER`, `EDMESH_CONFIGURATION` and `EDMESH_COMMAND_LINE`.
 */
export function clusterPlan(
  configs: readonly LoadedConfig[],
  given: ClusterArguments,
  settings: ClusterSettings,
): PlannedMember[] {
  const byName = new Map<string, LoadedConfig>();
  for (const config of configs) {
    const { name } = config.template;
    const other = byName.get(name);
    if (other !== undefined) {
      const message =
        `process ${name} is in ${other.file} and in ${config.file}; ` +
        'the processes of a cluster need different names';
      throw new EdmeshError('EDMESH_CONFIGURATION', message, { fields: { process: name } });
    }
    byName.set(name, config);
  }
  for (const name of settings.own.keys()) {
    if (byName.has(name)) continue;
    throw wrongOption(
      `--for ${name}`,
      `no such process; there is ${[...byName.keys()].join(', ')}`,
    );
  }
  checkParameters(configs, given.param);
  const drafts = configs.map((config) => drafted(config, given, settings));
  checkLabels(drafts, given.set);
  if (drafts.every(({ hasController }) => hasController)) {
    for (const [name, option] of Object.entries(eventOptions)) {
      if (given[name as keyof typeof eventOptions] === undefined) continue;
      throw wrongOption(option, 'every process of this cluster has its events from a controller');
    }
  }
  return drafts.map((draft) => planned(draft, given, settings));
}

interface Draft {
  readonly config: LoadedConfig;
  readonly param: readonly string[];
  /** The process with the parameters alone. */
  readonly definition: ProcessDefinition;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly hasController: boolean;
}

function drafted(config: LoadedConfig, given: ClusterArguments, settings: ClusterSettings): Draft {
  const { name, parameters: schema } = config.template;
  const own = settings.own.get(name);
  const histograms = given.histograms.length > 0 && 'histograms' in schema.shape;
  const param = [
    ...(histograms ? ['histograms=true'] : []),
    ...given.param.filter((text) => declares(config, text)),
    ...(own?.param ?? []),
  ];
  const validation = own?.validation ?? given.validation;
  const parameters = configParameters(config, { param, validation });
  const definition = configuredWith(config, parameters, { set: [] });
  const hasController = definition.data.source?.type === followerSource;
  return { config, param, definition, parameters, hasController };
}

function planned(
  draft: Draft,
  given: ClusterArguments,
  { own, mesh }: ClusterSettings,
): PlannedMember {
  const { config, param, parameters, hasController } = draft;
  const { name } = config.template;
  const { maxEvents, skipEvents, runFor, ...more } = given;
  const { for: _for, inProcess: _inProcess, journalFile: _file, report, ...others } = more;
  const events = { maxEvents, skipEvents, runFor };
  const shared: RunArguments = {
    ...(given.nats === undefined ? withoutMesh(others) : { ...others, job: mesh.job }),
    ...(hasController ? {} : (definedOf(events) satisfies Partial<RunArguments>)),
    set: given.set.filter((text) => reaches(draft, text)),
    param: [],
    histograms: [],
    timing: report !== undefined,
  };
  const args = {
    ...withOwn(shared, own.get(name) ?? { param: [], set: [], histograms: [] }),
    param,
  };
  return {
    name,
    config,
    given: args,
    settings: runSettings(args),
    definition: configuredWith(config, parameters, args),
    hasController,
  };
}

/** An object without what is `undefined` in it. */
export function definedOf<T extends object>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
