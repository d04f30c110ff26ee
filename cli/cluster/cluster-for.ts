/**
 * Arguments in which `--for NAME 'options'` is one word, as the parser wants it: it would take the options, which begin
 * with a dash, for options of the command.
 */
export function joinedFor(args: readonly string[]): string[] {
  const joined: string[] = [];
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const [name, options] = [args[i + 1], args[i + 2]];
    if (arg !== '--for' || i + 2 >= end || name === undefined || options === undefined) {
      joined.push(arg);
      continue;
    }
    joined.push(`--for=${name} ${options}`);
    i += 2;
  }
  return joined;
}
