import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { defaultJobOptions, type JobOptions } from '../../actors/index.ts';
import { wrongOption } from '../../edm/index.ts';
import { gpuChoices, type GpuChoice } from '../../gpu/index.ts';
import { meshSettings, type MeshArguments, type MeshSettings } from '../mesh/mesh-settings.ts';
import { optionInteger, optionSeconds, threadsMax } from '../option-values.ts';

/** What the logger lets through. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** What the logger lets through: this level and the ones after it. */
export type LogLevel = (typeof logLevels)[number];

/** How log lines look. */
export const logFormats = ['text', 'json'] as const;
/** How log lines look: for people, or for machines. */
export type LogFormat = (typeof logFormats)[number];

/** The options of `edmesh run` as the command line gives them. */
export interface RunArguments extends MeshArguments {
  readonly param: readonly string[];
  readonly set: readonly string[];
  readonly threads?: string;
  readonly streams?: string;
  readonly maxEvents?: string;
  readonly skipEvents?: string;
  readonly warmupEvents?: string;
  readonly runFor?: string;
  readonly empty?: boolean;
  readonly validation?: boolean;
  readonly histograms: readonly string[];
  readonly report?: string;
  readonly digest?: boolean;
  readonly gpu?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly quiet?: boolean;
  readonly validateOnly?: boolean;
  /** Measures the time spent in each module, also without a report file; no option says so. */
  readonly timing?: boolean;
}

/** The options of `edmesh run`, read and checked. */
export interface RunSettings {
  readonly job: JobOptions;
  /** Left out for a process that is a job of its own. */
  readonly mesh?: MeshSettings;
  /** The backend that GPU modules use. */
  readonly gpu: GpuChoice;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/**
 * Reads the options of `edmesh run`. Throws `EDMESH_COMMAND_LINE` that names the option.
 *
 * @param environment where `EDMESH_GPU` is looked for
 */
export function runSettings(
  given: RunArguments,
  environment: NodeJS.ProcessEnv = process.env,
): RunSettings {
  const threads = integer('--threads', given.threads, 1, 0, threadsMax) || availableParallelism();
  if (given.runFor !== undefined && given.maxEvents !== undefined) {
    throw wrongOption('--run-for', 'it excludes --max-events; give one of the two');
  }
  for (const file of given.histograms) {
    if (!['.json', '.svg'].includes(extname(file))) {
      throw wrongOption('--histograms', `${file}: write a name that ends in .json or .svg`);
    }
  }
  const mesh = meshSettings(given);
  const warmupEvents = integer('--warmup-events', given.warmupEvents, 0, 0);
  if (mesh !== undefined && warmupEvents > 0) {
    throw wrongOption('--warmup-events', 'it excludes --nats; give one of the two');
  }
  return {
    ...(mesh === undefined ? {} : { mesh }),
    gpu: gpuChoice(given.gpu, environment),
    logLevel: oneOf('--log-level', given.logLevel, logLevels, given.quiet ? 'warn' : 'info'),
    logFormat: oneOf('--log-format', given.logFormat, logFormats, 'text'),
    job: {
      threads,
      streams: integer('--streams', given.streams, 0, 0) || threads,
      maxEvents: integer('--max-events', given.maxEvents, defaultJobOptions.maxEvents, -1),
      skipEvents: integer('--skip-events', given.skipEvents, defaultJobOptions.skipEvents, 0),
      warmupEvents,
      digest: given.digest ?? false,
      timing: given.timing ?? given.report !== undefined,
      ...(given.runFor === undefined
        ? {}
        : { runForSeconds: optionSeconds('--run-for', given.runFor) }),
    },
  };
}

/** The backend that `--gpu` names, else `$EDMESH_GPU`. */
function gpuChoice(given: string | undefined, { EDMESH_GPU }: NodeJS.ProcessEnv): GpuChoice {
  if (given !== undefined) return oneOf('--gpu', given, gpuChoices, 'off');
  return oneOf('$EDMESH_GPU', EDMESH_GPU === '' ? undefined : EDMESH_GPU, gpuChoices, 'off');
}

/** Throws `EDMESH_COMMAND_LINE` unless a value is one of those that an option has. */
export function oneOf<T extends string>(
  option: string,
  given: string | undefined,
  values: readonly T[],
  otherwise: T,
): T {
  if (given === undefined) return otherwise;
  const value = values.find((each) => each === given);
  if (value === undefined) throw wrongOption(option, `'${given}' is none of ${values.join(', ')}`);
  return value;
}

function integer(
  option: string,
  given: string | undefined,
  otherwise: number,
  min: number,
  max?: number,
): number {
  return given === undefined ? otherwise : optionInteger(option, given, min, max);
}
