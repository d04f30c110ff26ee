/** Whether a pattern (`*` for one token, `>` for one or more at the end) takes a subject. */
export function matchesSubject(pattern: string, subject: string): boolean {
  if (pattern === subject) return true;
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (index >= tokens.length) return false;
    if (token === '>') return index === wanted.length - 1;
    if (token !== '*' && token !== tokens[index]) return false;
  }
  return wanted.length === tokens.length;
}

/** Subjects that are remembered with what matches them; beyond that many the table begins anew. */
const rememberedSubjects = 4096;

/** What listens to which patterns. A subject is matched once, and looked up from then on. */
export class SubjectTable<Entry> {
  readonly #entries = new Map<Entry, string>();
  readonly #matched = new Map<string, readonly Entry[]>();

  /** Adds an entry that listens to a pattern. */
  add(pattern: string, entry: Entry): void {
    this.#entries.set(entry, pattern);
    this.#matched.clear();
  }

  /** Takes an entry out; one that is not there is ignored. */
  remove(entry: Entry): void {
    if (this.#entries.delete(entry)) this.#matched.clear();
  }

  /** The entries that listen to a subject, in the order in which they were added; the list never changes. */
  matching(subject: string): readonly Entry[] {
    return this.#matched.get(subject) ?? this.#match(subject);
  }

  #match(subject: string): readonly Entry[] {
    const entries: Entry[] = [];
    for (const [entry, pattern] of this.#entries) {
      if (matchesSubject(pattern, subject)) entries.push(entry);
    }
    if (this.#matched.size >= rememberedSubjects) this.#matched.clear();
    this.#matched.set(subject, entries);
    return entries;
  }
}
