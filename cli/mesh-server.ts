import { accessSync, constants } from 'node:fs';
import { wrongOption } from './option-values.ts';

/** The options about a server as the command line gives them. */
export interface ServerArguments {
  readonly nats?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly user?: string;
  readonly password?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
}

/** How a process says to a server who it is. */
export type MeshLogin =
  | { readonly kind: 'creds' | 'nkey'; readonly file: string }
  | { readonly kind: 'user'; readonly user: string; readonly password: string };

/** A NATS server and how to talk to it: plain data. */
export interface MeshServer {
  readonly url: string;
  readonly login?: MeshLogin;
  /** Files in PEM; a connection with TLS, also where there are none of them. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/**
 * Reads what the options say about a server. One on another machine needs TLS and credentials. Throws
 * `EDMESH_COMMAND_LINE` that names the option.
 */
export function serverSettings(text: string, given: ServerArguments): MeshServer {
  const url = serverUrl(text);
  const login = loginOf(given);
  const { tlsCa: ca, tlsCert: cert, tlsKey: key, insecure } = given;
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] =
      key === undefined ? ['--tls-cert', '--tls-key'] : ['--tls-key', '--tls-cert'];
    throw wrongOption(there, `it needs ${missing} too`);
  }
  const files = [
    readable('--tls-ca', ca),
    readable('--tls-cert', cert),
    readable('--tls-key', key),
  ];
  const withTls = url.protocol === 'tls:' || files.some((file) => file !== undefined);
  const known = login !== undefined || cert !== undefined;
  if (!isLoopback(url.hostname) && !(withTls && known) && !insecure) {
    const missing = [
      ...(withTls ? [] : ['TLS (a tls:// URL or --tls-ca)']),
      ...(known ? [] : ['credentials (--creds, --nkey, --user or --tls-cert)']),
    ];
    throw wrongOption(
      '--nats',
      `${url.host} is another machine, and there is no ${missing.join(' and no ')}; ` +
        'give them, or --insecure where the network is trusted',
    );
  }
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    url: `${url.protocol}//${url.hostname}:${url.port || '4222'}`,
    ...(login === undefined ? {} : { login }),
    ...(withTls ? { tls } : {}),
  };
}

function serverUrl(text: string): URL {
  const whole = /^[a-z]+:\/\//.test(text) ? text : `nats://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const isServer = url !== undefined && ['nats:', 'tls:'].includes(url.protocol);
  if (!isServer || url.hostname === '' || !['', '/'].includes(url.pathname)) {
    throw wrongOption('--nats', `'${text}' is not nats://HOST:PORT or tls://HOST:PORT`);
  }
  if (url.username !== '' || url.password !== '') {
    throw wrongOption('--nats', 'give the name and the password with --user and --password');
  }
  return url;
}

function loginOf(given: ServerArguments): MeshLogin | undefined {
  const { creds, nkey, user, password } = given;
  const [first, second] = [
    ...(creds === undefined ? [] : ['--creds']),
    ...(nkey === undefined ? [] : ['--nkey']),
    ...(user === undefined ? [] : ['--user']),
  ];
  if (first !== undefined && second !== undefined) {
    throw wrongOption(second, `it excludes ${first}; give one of the two`);
  }
  if (password !== undefined && user === undefined) {
    throw wrongOption('--password', 'it needs --user');
  }
  if (user !== undefined && password === undefined) {
    throw wrongOption('--user', 'it needs --password');
  }
  const credsFile = readable('--creds', creds);
  if (credsFile !== undefined) return { kind: 'creds', file: credsFile };
  const nkeyFile = readable('--nkey', nkey);
  if (nkeyFile !== undefined) return { kind: 'nkey', file: nkeyFile };
  return user === undefined ? undefined : { kind: 'user', user, password: password ?? '' };
}

function readable(option: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw wrongOption(option, `cannot read ${file}`);
  }
  return file;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
