import { EdmeshError } from '../../edm/index.ts';
import { isMemberOrder, type MemberMessage, type MemberOrder } from './member-messages.ts';
import { plainJson } from '../run/write-report.ts';

/** The channel of a process of a cluster to the command that started it. */
export interface ParentLink {
  /** The order to run, which comes first. */
  readonly order: Promise<Extract<MemberOrder, { readonly kind: 'run' }>>;
  /** Sends a message; resolves when it has been handed over, or when there is nobody to take it. */
  send(message: MemberMessage): Promise<void>;
  /** Calls back at an order to drain. */
  onDrain(callback: (why: string) => void): void;
  /** Calls back when the command that started this process is gone; until this is set, the process then ends. */
  onGone(callback: () => void): void;
}

/** The channel of this process. It does not keep the process alive. Throws `EDMESH_COMMAND_LINE` where there is none. */
export function parentLink(): ParentLink {
  if (process.send === undefined) {
    throw new EdmeshError('EDMESH_COMMAND_LINE', 'member is started by edmesh cluster alone');
  }
  const send = process.send.bind(process);
  let drain: (why: string) => void = () => undefined;
  let gone = (): void => process.exit(1);
  process.on('disconnect', () => {
    gone();
  });
  const order = new Promise<Extract<MemberOrder, { readonly kind: 'run' }>>((resolve) => {
    process.on('message', (message: unknown) => {
      if (!isMemberOrder(message)) return;
      if (message.kind === 'drain') {
        drain(message.why);
        return;
      }
      process.channel?.unref();
      resolve(message);
    });
  });
  return {
    order,
    send: (message) =>
      new Promise((resolve) => {
        if (!process.connected) {
          resolve();
          return;
        }
        const handedOver = (): void => {
          resolve();
        };
        try {
          send(message, undefined, undefined, handedOver);
        } catch {
          // Something in the report cannot be cloned, such as shared memory.
          send(plainJson(message), undefined, undefined, handedOver);
        }
      }),
    onDrain(callback) {
      drain = callback;
    },
    onGone(callback) {
      gone = callback;
    },
  };
}
