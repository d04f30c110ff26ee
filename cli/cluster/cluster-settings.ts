import { Command, CommanderError } from 'commander';
import { EdmeshError, wrongOption } from '../../edm/index.ts';
import {
  jobSettings,
  refuseServerOptions,
  type JobArguments,
  type MeshSettings,
} from '../mesh/mesh-settings.ts';
import { optionWords } from '../option-words.ts';
import { addJobOptions, addProcessOptions } from '../program-options.ts';
import { runSettings, type RunArguments, type RunSettings } from '../run/run-settings.ts';

/** The options of `edmesh cluster` as the command line gives them. */
export interface ClusterArguments extends RunArguments {
  /** `NAME options` each. */
  readonly for: readonly string[];
  readonly inProcess?: boolean;
  readonly journalFile?: string;
}

/** The options of `edmesh cluster`, read and checked as far as no config is needed. */
export interface ClusterSettings {
  /** The job that the processes are of. */
  readonly mesh: Omit<MeshSettings, 'server'>;
  /** What is given to all processes. */
  readonly shared: RunSettings;
  /** What is given to some alone, by the name of the process; several are merged in their order. */
  readonly own: ReadonlyMap<string, RunArguments>;
}

/** Reads the options of `edmesh cluster`. Throws `EDMESH_COMMAND_LINE` that names the option. */
export function clusterSettings(given: ClusterArguments): ClusterSettings {
  const { inProcess, nats, job = 'cluster' } = given;
  if (nats === undefined) refuseServerOptions(given);
  if (inProcess && nats !== undefined) {
    throw wrongOption('--in-process', 'it excludes --nats; give one of the two');
  }
  const mesh = jobSettings(given, job);
  const own = new Map<string, RunArguments>();
  for (const text of given.for) {
    const [name, args] = ownArguments(text);
    own.set(name, withOwn(own.get(name) ?? noArguments, args));
  }
  return { mesh, shared: runSettings(nats === undefined ? withoutMesh(given) : given), own };
}

const noArguments: RunArguments = { param: [], set: [], histograms: [] };

/** Arguments of all processes with those of one: its own count, lists are joined. */
export function withOwn<T extends RunArguments>(all: T, own: RunArguments): T {
  return {
    ...all,
    ...own,
    param: [...all.param, ...own.param],
    set: [...all.set, ...own.set],
    histograms: all.histograms,
  };
}

/** Arguments without those about the mesh, which without a server are those of none. */
export function withoutMesh<T extends RunArguments>(given: T): Omit<T, keyof JobArguments> {
  const {
    job: _1,
    heartbeat: _2,
    peerTimeout: _3,
    joinTimeout: _4,
    slots: _5,
    journal: _6,
    journalSize: _7,
    journalReplace: _8,
    journalMade: _9,
    ...others
  } = given;
  return others;
}

function ownArguments(text: string): readonly [name: string, args: RunArguments] {
  const [, name = '', options = ''] = /^(\S+)\s+(.*)$/s.exec(text) ?? [];
  if (name === '' || name.startsWith('-')) {
    throw wrongOption('--for', `'${text}': write --for NAME 'options'`);
  }
  const option = `--for ${name}`;
  const parser = addJobOptions(addProcessOptions(new Command(option)))
    .helpOption(false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    parser.parse(optionWords(option, options), { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    throw wrongOption(option, thrown.message.replace(/^error: /, ''));
  }
  const args: RunArguments = { ...parser.opts<RunArguments>(), histograms: [] };
  try {
    runSettings(args);
  } catch (thrown) {
    if (!(thrown instanceof EdmeshError)) throw thrown;
    throw wrongOption(option, thrown.message);
  }
  return [name, args];
}
