import { EdmeshError, wrongOption } from '../../edm/index.ts';

/** How a process proves who it is. Secrets are read from files where they are given as files, at every connection. */
export type NatsCredentials =
  | { readonly kind: 'creds'; readonly file: string }
  | { readonly kind: 'nkey'; readonly file: string }
  | { readonly kind: 'user'; readonly user: string; readonly password: string };

/** Files in PEM: the authority that signed the server's certificate, and the certificate and key of the client. */
export interface NatsTls {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** All that a connection is made from: plain data, which can go to a thread. */
export interface NatsSettings {
  /** `nats://host:port`, or `tls://host:port` for TLS; several servers of a cluster are separated by commas. */
  readonly url: string;
  readonly credentials?: NatsCredentials;
  readonly tls?: NatsTls;
  /** Goes on without TLS or credentials where the server is on another machine. */
  readonly insecure?: boolean;
  /** What replies to requests of this connection begin with; `_INBOX` where nothing is said. */
  readonly inboxPrefix?: string;
  /** Time in which a connection must be made, in ms: 5000 where nothing is said. */
  readonly connectTimeoutMs?: number;
  /** Time over which a lost connection is tried again, in ms: 10000 where nothing is said. */
  readonly reconnectMs?: number;
  /** How often a silent server is asked whether it is there, in ms: 5000 where nothing is said. */
  readonly pingMs?: number;
}

/** One server of the settings. */
export interface NatsAddress {
  /** As it may be shown: scheme, host and port. */
  readonly text: string;
  readonly host: string;
  readonly tls: boolean;
}

const schemes = new Set(['nats:', 'tls:']);
const defaultPort = '4222';

/**
 * The servers of a URL. Throws `EDMESH_COMMAND_LINE` about `--nats` for one that cannot be read; it never repeats a
 * password.
 */
export function natsAddresses(url: string): NatsAddress[] {
  const addresses = url
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(natsAddress);
  if (addresses.length === 0) throw wrongUrl('it is empty');
  return addresses;
}

function natsAddress(part: string): NatsAddress {
  const text = part.includes('://') ? part : `nats://${part}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || !['', '/'].includes(url.pathname)) {
    throw wrongUrl(text.includes('@') ? 'it cannot be read' : `'${part}' cannot be read`);
  }
  if (!schemes.has(url.protocol)) throw wrongUrl(`it begins with '${url.protocol}//'`);
  if (url.username !== '' || url.password !== '') {
    throw wrongUrl('it holds a user or a password; give them with --user and --password');
  }
  const port = url.port === '' ? defaultPort : url.port;
  return {
    text: `${url.protocol}//${url.hostname}:${port}`,
    host: url.hostname,
    tls: url.protocol === 'tls:',
  };
}

/** Whether a connection with these settings is encrypted. */
export function usesTls(settings: NatsSettings): boolean {
  return settings.tls !== undefined || natsAddresses(settings.url).every(({ tls }) => tls);
}

/**
 * Throws `EDMESH_INSECURE_SERVER` where a server on another machine would be used without TLS, or without saying who one
 * is, unless the settings say that this is meant.
 */
export function checkServerIsSecure(settings: NatsSettings): void {
  if (settings.insecure === true) return;
  const { credentials, tls } = settings;
  const missing = [
    ...(usesTls(settings) ? [] : ['TLS']),
    ...(credentials !== undefined || tls?.certFile !== undefined ? [] : ['credentials']),
  ];
  if (missing.length === 0) return;
  for (const { text, host } of natsAddresses(settings.url)) {
    if (isLoopback(host)) continue;
    throw new EdmeshError(
      'EDMESH_INSECURE_SERVER',
      `--nats: ${text} is not on this machine, and would be used without ${missing.join(' and ')}; ` +
        'give --tls-ca (or a tls:// URL) and --creds, --nkey, --user or --tls-cert, ' +
        'or --insecure where the network is trusted',
      { fields: { option: '--nats', url: text, missing } },
    );
  }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function wrongUrl(problem: string): EdmeshError {
  return wrongOption('--nats', `${problem}; write nats://HOST:PORT or tls://HOST:PORT`);
}
