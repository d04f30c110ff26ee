/** Where the command writes. Tests give one that records. */
export interface Terminal {
  /** Whether standard error is a terminal, on which a progress line can be drawn over and over. */
  readonly interactive: boolean;
  /** Whether standard error shows colours. */
  readonly colors: boolean;
  /** Characters in a line. */
  readonly columns: number;
  /** Writes to standard output: what was asked for. */
  out(text: string): void;
  /** Writes to standard error: what people should know meanwhile. */
  err(text: string): void;
  /** Draws the progress line anew; an empty text removes it. What is written next takes its place. */
  drawLine(text: string): void;
}

const clearLine = '\r\u001b[K';

/** The terminal of this process. A reader that goes away (`| head`) ends the process quietly. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write(clearLine);
    drawn = false;
  };
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  return {
    interactive: stderr.isTTY,
    colors: stderr.isTTY && stderr.hasColors(),
    columns: stderr.isTTY ? stderr.columns : 100,
    out(text) {
      clear();
      stdout.write(text);
    },
    err(text) {
      clear();
      stderr.write(text);
    },
    drawLine(text) {
      clear();
      if (text === '') return;
      stderr.write(text);
      drawn = true;
    },
  };
}
