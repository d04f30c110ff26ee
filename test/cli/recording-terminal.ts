import type { Terminal } from '../../cli/terminal.ts';

/** A terminal that keeps what is written. */
export interface RecordingTerminal extends Terminal {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly lines: string[];
}

export function recordingTerminal(interactive = false): RecordingTerminal {
  let [out, err] = ['', ''];
  const lines: string[] = [];
  return {
    interactive,
    colors: false,
    columns: 80,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    drawLine: (text) => {
      lines.push(text);
    },
    stdout: () => out,
    stderr: () => err,
    lines,
  };
}
