import type { EdmeshError, EventPrincipal, EventView } from '../../edm/index.ts';
import type { LumiBlock } from '../source/blocks.ts';
import type { EventClaims } from '../source/claims.ts';
import type { EventBoard } from './event-board.ts';
import type { ExceptionAction } from '../job/exception-policy.ts';
import type { LaneBook } from '../lane/lane-book.ts';
import type { LaneErrors } from '../lane/lane-errors.ts';
import type { ModuleRunner } from './module-runner.ts';
import type { EventSchedule } from './schedule.ts';

/** What an event processor is made of. */
export interface EventProcessorParts {
  readonly principal: EventPrincipal;
  /** Makes a view of the event for the source. */
  readonly viewForSource: () => EventView;
  readonly schedule: EventSchedule;
  readonly runner: ModuleRunner;
  readonly claims: EventClaims;
  readonly book: LaneBook;
  readonly errors: LaneErrors;
  readonly actionFor: (error: EdmeshError) => ExceptionAction;
  readonly board: EventBoard;
  /** The EDM stream's place on the board. */
  readonly place: number;
  /** Called for each claimed event in its block, and when it has been dealt with in any way, where somebody is to know. */
  readonly eventBegun: ((principal: EventPrincipal) => void) | undefined;
  readonly eventEnded: ((principal: EventPrincipal) => void) | undefined;
  /** Called with the products of an event that is done in place, where somebody wants them. */
  readonly eventDone: (() => void) | undefined;
  readonly now: () => number;
  /** Something has come in for this processor: step it soon. */
  readonly wake: () => void;
  /** The claimed event belongs to a block that the EDM stream has not entered. */
  readonly needsLumi: (block: LumiBlock) => void;
  /** The EDM stream waits for an event while its block is over. */
  readonly blockOver: (block: LumiBlock) => void;
  /** No more events for this EDM stream. */
  readonly exhausted: () => void;
  /** An event of a block has been dealt with. */
  readonly eventFinished: (block: LumiBlock) => void;
}
