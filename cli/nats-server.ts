import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { EdmeshError } from '../edm/index.ts';

/** How a nats-server is started. */
export interface NatsServerOptions {
  /** The program; else the one that {@link findNatsServer} finds. */
  readonly executable?: string;
  /** Port on 127.0.0.1; a free one where nothing is said. */
  readonly port?: number;
  /** Largest payload, in bytes: 1 MiB where nothing is said. */
  readonly maxPayloadBytes?: number;
  /** Whether it has JetStream: yes where nothing is said. */
  readonly jetStream?: boolean;
  /** Folder of JetStream, which is left there; else a temporary one, which is removed. */
  readonly storeFolder?: string;
  /** More lines for its configuration, such as an `authorization` block. */
  readonly configuration?: string;
  /** Time in which it must be ready, in ms: 10000 where nothing is said. */
  readonly startTimeoutMs?: number;
}

/** A nats-server that this process runs. It ends when this process ends, however that happens. */
export interface NatsServer {
  /** `nats://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it, and resolves when it has ended and its temporary files are gone. */
  stop(): Promise<void>;
}

/** Where a nats-server may be, beside the `PATH`. */
const usualFolders = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];
const linesKept = 8;

/**
 * Runs the server and waits for it, and beside it for the end of its standard input, which comes when the parent is gone,
 * even by SIGKILL: then it ends the server. Last it removes the temporary folder. Arguments: folder, program, its arguments.
 */
const guard = `
folder=$1; shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
echo $server
(read -r _ <&3; kill $server; kill -CONT $server; sleep 5; kill -KILL $server) >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait $server
status=$?
kill $guard 2>/dev/null
rm -rf "$folder"
exit $status
`;

/** The nats-server to run: `$EDMESH_NATS_SERVER`, or the first in the PATH and the usual folders. */
export function findNatsServer(environment: NodeJS.ProcessEnv): string | undefined {
  const { EDMESH_NATS_SERVER: given, PATH: path = '' } = environment;
  if (given !== undefined && given !== '') return isExecutable(given) ? given : undefined;
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...usualFolders];
  return folders.map((folder) => join(folder, 'nats-server')).find(isExecutable);
}

/**
 * Starts a nats-server on 127.0.0.1 and waits until it takes connections. Throws `EDMESH_SERVER` where
 * there is none, where it ends at once (with its last lines), and where it is not ready in time.
 */
export async function startNatsServer(
  environment: NodeJS.ProcessEnv,
  options: NatsServerOptions = {},
): Promise<NatsServer> {
  const executable = options.executable ?? findNatsServer(environment);
  if (executable === undefined) throw notFound(environment);
  const folder = mkdtempSync(join(tmpdir(), 'edmesh-nats-'));
  writeFileSync(join(folder, 'nats.conf'), configurationOf(options, folder), { mode: 0o600 });
  const child = spawn(
    '/bin/sh',
    ['-c', guard, 'nats-server-guard', folder, executable, '-c', join(folder, 'nats.conf')],
    // A session of its own, so that an interrupt at the terminal ends the job first and the server after it.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  const ended = new Promise<void>((resolve) => {
    const over = (): void => {
      child.stdin.destroy();
      rmSync(folder, { recursive: true, force: true });
      resolve();
    };
    child.once('error', over);
    child.once('close', over);
  });
  child.stdin.on('error', () => undefined);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    child.ref();
    for (const pipe of child.stdio) if (pipe instanceof Socket) pipe.ref();
    await ended;
  };
  try {
    const { pid, port } = await ready(child, ended, options.startTimeoutMs ?? 10_000);
    unreference(child);
    return { url: `nats://127.0.0.1:${port}`, port, pid, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads what the guard and the server say, until the server is ready. */
function ready(
  child: ChildProcess,
  ended: Promise<void>,
  timeoutMs: number,
): Promise<{ pid: number; port: number }> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw failed('its output cannot be read', []);
  const last: string[] = [];
  let pid = 0;
  let port = 0;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(failed(`it is not ready after ${timeoutMs} ms`, last));
    }, timeoutMs);
    let isReady = false;
    const check = (): void => {
      if (!isReady || pid === 0 || port === 0) return;
      clearTimeout(timer);
      resolve({ pid, port });
    };
    createInterface({ input: stdout }).on('line', (line) => {
      pid = Number(line);
      check();
    });
    createInterface({ input: stderr }).on('line', (line) => {
      last.push(line);
      if (last.length > linesKept) last.shift();
      const listening = /Listening for client connections on \S*?:(\d+)$/.exec(line)?.[1];
      if (listening !== undefined) port = Number(listening);
      if (line.includes('Server is ready')) isReady = true;
      check();
    });
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(failed(cause.message, last));
    });
    void ended.then(() => {
      clearTimeout(timer);
      reject(failed('it ended at once', last));
    });
  });
}

/** A server alone does not keep this process alive. */
function unreference(child: ChildProcess): void {
  child.unref();
  for (const pipe of child.stdio) if (pipe instanceof Socket) pipe.unref();
}

function configurationOf(options: NatsServerOptions, folder: string): string {
  const store = options.storeFolder ?? join(folder, 'store');
  return [
    `listen: "127.0.0.1:${options.port ?? -1}"`,
    `max_payload: ${options.maxPayloadBytes ?? 1024 * 1024}`,
    ...(options.jetStream === false ? [] : [`jetstream { store_dir: ${JSON.stringify(store)} }`]),
    options.configuration ?? '',
    '',
  ].join('\n');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function notFound(environment: NodeJS.ProcessEnv): EdmeshError {
  const { EDMESH_NATS_SERVER: given } = environment;
  const where =
    given === undefined || given === ''
      ? `no nats-server in the PATH or in ${usualFolders.join(', ')}`
      : `EDMESH_NATS_SERVER is ${given}, which is no program`;
  return new EdmeshError(
    'EDMESH_SERVER',
    `${where}: install it (Debian: apt-get install nats-server; else https://nats.io/download) ` +
      'or set EDMESH_NATS_SERVER to its path',
  );
}

function failed(problem: string, lastLines: readonly string[]): EdmeshError {
  const said = lastLines.map((line) => `\n  ${line}`).join('');
  return new EdmeshError('EDMESH_SERVER', `nats-server did not start: ${problem}${said}`, {
    fields: { lastLines: [...lastLines] },
  });
}
