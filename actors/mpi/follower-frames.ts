import type { EdmeshError } from '../../edm/index.ts';
import { frameKinds, type FrameView } from '../../transport/index.ts';
import type { ControllerPort } from './controller-port.ts';
import { bodyOf, refuseSchema } from './hello.ts';
import type { Link } from './link.ts';
import { followerLeaves, leftEarly, mismatch } from './mesh-errors.ts';

/** Who is told what followers say. */
export interface FollowerFramesParts {
  /** The process that they follow. */
  readonly process: string;
  /** A follower agrees with its contract. */
  readonly accepted: (link: Link, controller: ControllerPort, frame: FrameView) => void;
  readonly interrupt: (error: EdmeshError) => void;
  readonly fail: (error: EdmeshError) => void;
}

/** Takes what followers send to their controller on instance 0. */
export class FollowerFrames {
  readonly #parts: FollowerFramesParts;

  constructor(parts: FollowerFramesParts) {
    this.#parts = parts;
  }

  /** Throws where the frame is none that a follower sends. */
  take(link: Link, controller: ControllerPort, frame: FrameView): void {
    const { process, accepted, interrupt, fail } = this.#parts;
    const { partnerProcess, actor } = link;
    switch (frame.kind) {
      case frameKinds.eventDone:
        controller.endedThere(link, frame);
        return;
      case frameKinds.accept:
        accepted(link, controller, frame);
        return;
      case frameKinds.refuse:
        fail(mismatch(process, partnerProcess, bodyOf(frame, refuseSchema).problems));
        return;
      case frameKinds.disconnect:
        if (!controller.letGo(link)) interrupt(followerLeaves(partnerProcess));
        return;
      case frameKinds.left:
        if (actor.getSnapshot().value !== 'draining') fail(leftEarly(partnerProcess));
        else link.tell({ type: 'LEFT' });
        controller.lookAtLeft();
        return;
      default:
        throw link.invalid(`a follower sends no frame of kind ${String(frame.kind)}`);
    }
  }
}
