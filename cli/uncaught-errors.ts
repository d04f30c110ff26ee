/** Errors that nobody caught, such as those of a timer that a module started. */
export interface UncaughtWatch {
  /** All of them so far, in a list of its own: anything can be thrown. */
  readonly caught: readonly unknown[];
  /** Calls back at the first one; at once where there has been one. */
  onFirst(callback: () => void): void;
  /** Lets those that are under way come in, and stops. */
  stop(): Promise<void>;
}

/** Catches errors that nobody else does, so that a command ends with a message and a report and not with a crash. */
export function watchUncaught(): UncaughtWatch {
  const caught: unknown[] = [];
  let first: () => void = () => undefined;
  const listener = (thrown: unknown): void => {
    caught.push(thrown);
    if (caught.length === 1) first();
  };
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
  return {
    caught,
    onFirst(callback) {
      first = callback;
      if (caught.length > 0) callback();
    },
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, 2));
      process.off('uncaughtException', listener);
      process.off('unhandledRejection', listener);
    },
  };
}
