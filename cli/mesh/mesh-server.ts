import { accessSync, constants } from 'node:fs';
import { wrongOption } from '../../edm/index.ts';
import { natsSettings, type NatsOptions, type NatsSettings } from '../../transport/index.ts';

/** The options about a server as the command line gives them. */
export interface ServerArguments extends Omit<NatsOptions, 'url' | 'inboxPrefix'> {
  readonly nats?: string;
}

/**
 * Reads what the options say about a server. One on another machine needs TLS and credentials. Throws
 * `EDMESH_COMMAND_LINE` and `EDMESH_INSECURE_SERVER`, which name the option.
 */
export function serverSettings(url: string, given: ServerArguments): NatsSettings {
  const { creds, nkey, user, password, tlsCa, tlsCert, tlsKey, insecure } = given;
  const options = { url, creds, nkey, user, password, tlsCa, tlsCert, tlsKey, insecure };
  const settings = natsSettings(options);
  const files = Object.entries({
    '--creds': creds,
    '--nkey': nkey,
    '--tls-ca': tlsCa,
    '--tls-cert': tlsCert,
    '--tls-key': tlsKey,
  });
  for (const [option, file] of files) {
    if (file !== undefined && !isReadable(file)) throw wrongOption(option, `cannot read ${file}`);
  }
  return settings;
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
