import { wrongOption } from '../../edm/index.ts';
import {
  checkServerIsSecure,
  natsAddresses,
  type NatsCredentials,
  type NatsSettings,
} from './nats-settings.ts';

/** What the options of a command say about the NATS server; a name stands for the option of that name. */
export interface NatsOptions {
  /** `--nats`: URL of the server, or several separated by commas. */
  readonly url: string;
  /** `--creds`: file with a JWT and its seed. */
  readonly creds?: string | undefined;
  /** `--nkey`: file with the seed of an nkey. */
  readonly nkey?: string | undefined;
  /** `--user` and `--password`. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** `--tls-ca`, `--tls-cert` and `--tls-key`: files in PEM. */
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  /** `--insecure`. */
  readonly insecure?: boolean | undefined;
  readonly inboxPrefix?: string | undefined;
}

/**
 * Settings of a connection from the options of a command; files are not looked at. Throws `EDMESH_COMMAND_LINE` for
 * options that do not go together, and `EDMESH_INSECURE_SERVER`; `fields.option` names the option.
 */
export function natsSettings(options: NatsOptions): NatsSettings {
  const { url, tlsCa, tlsCert, tlsKey, insecure, inboxPrefix } = options;
  natsAddresses(url);
  checkPair('--tls-cert', tlsCert, '--tls-key', tlsKey);
  const tls = {
    ...(tlsCa === undefined ? {} : { caFile: tlsCa }),
    ...(tlsCert === undefined ? {} : { certFile: tlsCert }),
    ...(tlsKey === undefined ? {} : { keyFile: tlsKey }),
  };
  const credentials = credentialsOf(options);
  const settings: NatsSettings = {
    url,
    ...(credentials === undefined ? {} : { credentials }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
  checkServerIsSecure(settings);
  return settings;
}

function credentialsOf(options: NatsOptions): NatsCredentials | undefined {
  const { creds, nkey, user, password } = options;
  checkPair('--user', user, '--password', password);
  const given: NatsCredentials[] = [
    ...(creds === undefined ? [] : [{ kind: 'creds', file: creds } as const]),
    ...(nkey === undefined ? [] : [{ kind: 'nkey', file: nkey } as const]),
    ...(user === undefined || password === undefined
      ? []
      : [{ kind: 'user', user, password } as const]),
  ];
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    throw wrongOption(`--${second.kind}`, `it excludes --${first.kind}; give one of the two`);
  }
  return first;
}

/** Refuses one of two options that is given without the other. */
function checkPair(
  option: string,
  value: string | undefined,
  otherOption: string,
  other: string | undefined,
): void {
  if (value !== undefined && other === undefined)
    throw wrongOption(option, `it needs ${otherOption}`);
  if (value === undefined && other !== undefined)
    throw wrongOption(otherOption, `it needs ${option}`);
}
