import { EdmeshError } from '../../edm/index.ts';

/** How a connection failed; `fields.failed` of `EDMESH_CONNECTION`. */
type Failed =
  'refused' | 'not found' | 'authorization' | 'expired' | 'timeout' | 'tls' | 'closed' | 'other';

const advice: Readonly<Record<Failed, string>> = {
  refused: 'nothing answers there; start a nats-server or correct the URL',
  'not found': 'no such host; correct the URL',
  authorization: 'the server refuses the login; check --creds, --nkey or --user and --password',
  expired: 'the credentials have expired; renew them',
  timeout:
    'it does not answer in time; check the URL, the network, and the certificate if it asks for one',
  tls: 'TLS cannot be agreed on; check --tls-ca, --tls-cert and --tls-key',
  closed: 'it ended the connection; look at the log of the server',
  other: 'look at the log of the server',
};

/** What the NATS client threw, as `EDMESH_CONNECTION` that says what failed and what to do. */
export function connectionFailed(urls: string, thrown: unknown, lost = false): EdmeshError {
  if (thrown instanceof EdmeshError) return thrown;
  const failed = whatFailed(thrown);
  const said = thrown instanceof Error && thrown.message !== '' ? ` (${thrown.message})` : '';
  const what = lost ? 'the connection was lost and did not come back' : 'cannot connect';
  return new EdmeshError('EDMESH_CONNECTION', `${urls}: ${what}: ${advice[failed]}${said}`, {
    cause: thrown,
    fields: { url: urls, failed },
  });
}

/** Messages were on their way when the connection broke. */
export function messagesLost(urls: string): EdmeshError {
  return new EdmeshError(
    'EDMESH_CONNECTION',
    `${urls}: the connection broke while messages were on their way, which may be lost`,
    { fields: { url: urls, failed: 'lost' } },
  );
}

/** The server answers no more, and the connection cannot be made anew. */
export function serverSilent(urls: string): EdmeshError {
  return new EdmeshError('EDMESH_CONNECTION', `${urls}: ${advice.timeout}`, {
    fields: { url: urls, failed: 'timeout' },
  });
}

/** What the server says about a message or a subscription of ours; `undefined` for what is no refusal. */
export function serverRefused(urls: string, error: Error): EdmeshError | undefined {
  if (!('operation' in error) || !('subject' in error)) return undefined;
  const operation = error.operation === 'publish' ? 'publish' : 'subscribe';
  const subject = String(error.subject);
  return new EdmeshError(
    'EDMESH_PERMISSION',
    `${urls}: this process may not ${operation} to ${subject}; ` +
      'give its user the permissions that `edmesh auth` writes',
    { cause: error, fields: { url: urls, operation, subject } },
  );
}

function whatFailed(thrown: unknown): Failed {
  if (!(thrown instanceof Error)) return 'closed';
  const code = 'code' in thrown ? String(thrown.code) : '';
  const text = `${code} ${thrown.message}`;
  if (thrown.name === 'UserAuthenticationExpiredError') return 'expired';
  if (thrown.name === 'AuthorizationError') {
    return /expired/i.test(text) ? 'expired' : 'authorization';
  }
  if (thrown.name === 'TimeoutError' || code === 'ETIMEDOUT') return 'timeout';
  if (/ECONNREFUSED|connection refused/i.test(text)) return 'refused';
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return 'not found';
  if (/\btls\b|ssl|cert|self.signed/i.test(text)) return 'tls';
  return /ECONNRESET|EPIPE|disconnected|closed/i.test(text) ? 'closed' : 'other';
}
