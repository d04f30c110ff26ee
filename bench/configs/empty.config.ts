import { defineProcess, EmptySource } from 'edmesh';

/** One event and nothing to do: what is left is starting and ending. */
export default defineProcess({ name: 'EMPTY', source: EmptySource({ events: 1 }) });
