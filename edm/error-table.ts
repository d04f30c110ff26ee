import type { Category } from './exit-codes.ts';

/** What is fixed about an error code: its CMS category and what a reader should know about it. */
interface ErrorEntry {
  readonly category: Category;
  readonly meaning: string;
}

/** Every error code of edmesh. `docs/errors.md` lists the same codes; a test compares the two. Codes are never reused. */
export const errorTable = {
  EDMESH_COMMAND_LINE: {
    category: 'CommandLineProcessing',
    meaning: 'An option or argument of the command is wrong.',
  },
  EDMESH_CONFIG_NOT_FOUND: {
    category: 'ConfigFileNotFound',
    meaning: 'The config file does not exist or cannot be opened.',
  },
  EDMESH_CONFIG_INVALID: {
    category: 'ConfigFileReadError',
    meaning: 'The config does not compile, throws, or does not export a process.',
  },
  EDMESH_CONFIGURATION: {
    category: 'Configuration',
    meaning: 'The process definition has problems; the message lists all of them.',
  },
  EDMESH_PARAMETER: {
    category: 'Configuration',
    meaning: 'A parameter is missing, unknown or of the wrong kind.',
  },
  EDMESH_DEFINITION: {
    category: 'Configuration',
    meaning: 'A product, record, module or source type is declared wrongly.',
  },
  EDMESH_INPUT_TAG: {
    category: 'Configuration',
    meaning: 'An input tag is not label[:instance[:process]].',
  },
  EDMESH_SELECTOR: {
    category: 'Configuration',
    meaning: 'A branch pattern or a keep/drop command cannot be read.',
  },
  EDMESH_PRODUCT_NOT_FOUND: {
    category: 'ProductNotFound',
    meaning: 'A product that a module asked for was not put into the event, lumi or run.',
  },
  EDMESH_UNDECLARED_ACCESS: {
    category: 'LogicError',
    meaning: 'A module read or put a product with a token that it did not declare.',
  },
  EDMESH_PUT_TWICE: {
    category: 'InsertFailure',
    meaning: 'A module put the same product twice into one event, lumi or run.',
  },
  EDMESH_PRODUCT_INVALID: {
    category: 'FormatIncompatibility',
    meaning: 'A product does not match the schema or layout of its type.',
  },
  EDMESH_SETUP_NO_INTERVAL: {
    category: 'NotFound',
    meaning: 'No interval of validity of a record covers the transition.',
  },
  EDMESH_MODULE_EXCEPTION: {
    category: 'StdException',
    meaning: 'A module threw something that is not an EdmeshError; it is the cause.',
  },
  EDMESH_MODULE_CONTRACT: {
    category: 'LogicError',
    meaning: 'A module broke a rule of the framework, such as returning a promise from produce.',
  },
  EDMESH_SOURCE_CONTRACT: {
    category: 'LogicError',
    meaning: 'A source broke a rule of the framework, such as giving an id that is not one.',
  },
  EDMESH_HOLDER_COMPLETED_TWICE: {
    category: 'LogicError',
    meaning: 'The holder of an external work was completed more than once.',
  },
  EDMESH_HOLDER_ABANDONED: {
    category: 'LogicError',
    meaning:
      'The holder of an external work can no longer be completed: nothing is left that could do it.',
  },
  EDMESH_EVENT_TIMEOUT: {
    category: 'EventTimeout',
    meaning:
      'An event waited longer than the event time-out; the message names the modules that hold it.',
  },
  EDMESH_EVENT_STALLED: {
    category: 'LogicError',
    meaning: 'Modules of different paths wait for each other in one event.',
  },
  EDMESH_FILE_OPEN: {
    category: 'FileOpenError',
    meaning: 'An input file or folder is missing, empty or cannot be opened.',
  },
  EDMESH_FILE_READ: {
    category: 'FileReadError',
    meaning: 'An input file is truncated or not of the format it should have.',
  },
  EDMESH_EVENT_CORRUPT: {
    category: 'EventCorruption',
    meaning: 'The data of one event cannot be decoded; the rest of the input may be sound.',
  },
  EDMESH_FILE_WRITE: {
    category: 'FileWriteError',
    meaning: 'An output file cannot be written.',
  },
  EDMESH_FRAME_INVALID: {
    category: 'FormatIncompatibility',
    meaning:
      'Bytes from another process of the job are not what edmesh writes; nothing of them was used.',
  },
  EDMESH_FRAME_GAP: {
    category: 'ExternalFailure',
    meaning: 'Packets from another process of the job were lost, or came late or twice.',
  },
  EDMESH_NOT_CONNECTED: {
    category: 'Configuration',
    meaning: 'A process with MPI modules runs without a job to connect to.',
  },
  EDMESH_CONTRACT: {
    category: 'Configuration',
    meaning:
      'Senders and receivers of two processes do not match; the message lists every mismatch.',
  },
  EDMESH_PEER_LOST: {
    category: 'ExternalFailure',
    meaning: 'Another process of the job did not join, fell silent, or left before its time.',
  },
  EDMESH_PEER_FAILED: {
    category: 'ExternalFailure',
    meaning: 'Another process of the job has failed; the message says why.',
  },
  EDMESH_PROCESS_TWICE: {
    category: 'Configuration',
    meaning: 'A process of this name is in the job already; the one that came later ends.',
  },
  EDMESH_FRAME_TOO_LARGE: {
    category: 'FormatIncompatibility',
    meaning: 'The products of an event take more bytes than a frame may have.',
  },
  EDMESH_PRODUCT_NOT_SENDABLE: {
    category: 'FormatIncompatibility',
    meaning: 'A product would not arrive in another process as it is.',
  },
  EDMESH_GPU_UNAVAILABLE: {
    category: 'UnavailableAccelerator',
    meaning:
      'The GPU backend that was asked for cannot be used here; the message says why for each one tried.',
  },
  EDMESH_GPU_MEMORY: {
    category: 'BadAlloc',
    meaning: 'A device, or its pinned host memory, has not enough memory for what was asked.',
  },
  EDMESH_GPU_OPERATION: {
    category: 'ExternalFailure',
    meaning: 'An operation or a transfer failed on a device.',
  },
  EDMESH_GPU_LOST: {
    category: 'UnavailableAccelerator',
    meaning: 'A device, or the thread that drives it, stopped working during the job.',
  },
  EDMESH_GPU_CONTRACT: {
    category: 'LogicError',
    meaning:
      'A call to a GPU backend is wrong: unknown operation, wrong arguments, memory that was freed.',
  },
  EDMESH_LANE_LOST: {
    category: 'UnexpectedJobTermination',
    meaning:
      'The thread of a lane died: it crashed, ran out of memory or was ended; the message names its events.',
  },
  EDMESH_CONNECTION: {
    category: 'ExternalFailure',
    meaning: 'The NATS server cannot be reached, refuses the login, or was lost.',
  },
  EDMESH_PERMISSION: {
    category: 'ExternalFailure',
    meaning: 'The NATS server does not allow the process to publish or subscribe to a subject.',
  },
  EDMESH_INSECURE_SERVER: {
    category: 'Configuration',
    meaning: 'The NATS server is on another machine and would be used without TLS or credentials.',
  },
  EDMESH_PAYLOAD_TOO_LARGE: {
    category: 'LogicError',
    meaning: 'A message is larger than the broker takes.',
  },
  EDMESH_SERVER: {
    category: 'ExternalFailure',
    meaning: 'A nats-server that a command should run was not found, or did not start.',
  },
  EDMESH_PROCESS_LOST: {
    category: 'UnexpectedJobTermination',
    meaning: 'A process of a cluster was killed, crashed or could not start; it gave no report.',
  },
  EDMESH_INTERRUPTED: {
    category: 'CaughtSignal',
    meaning: 'A signal stopped the job; what was in flight was drained.',
  },
  EDMESH_INTERNAL: {
    category: 'UnexpectedJobTermination',
    meaning: 'edmesh itself failed; this is a defect worth reporting.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable;
