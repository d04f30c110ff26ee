/** From outbox to inbox: frames of every size over channels of every size, losses, doubles, wrap-around. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdmeshError } from '../../edm/errors.ts';
import { frameHeaderBytes, frameKinds, type FrameHeader } from '../../transport/frame.ts';
import { Inbox } from '../../transport/inbox.ts';
import { chunkHeaderBytes, packetHeaderBytes } from '../../transport/packet.ts';
import { Outboxes } from '../../transport/outbox.ts';
import { PacketSequence } from '../../transport/sequence.ts';
import { headerOf, keepingChannel, keepingInbox, keepingOutboxes } from './kept-packets.ts';

const safe = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const headers: fc.Arbitrary<FrameHeader> = fc
  .record({
    kind: fc.constantFrom(...Object.values(frameKinds)),
    flags: fc.integer({ min: 0, max: 255 }),
    slot: fc.integer({ min: 0, max: 65535 }),
    ...{ attempt: u32, run: u32, lumi: u32, block: u32, event: safe, ordinal: safe },
    timeUs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  })
  .map(headerOf);

const fieldsOf = (header: FrameHeader) => Object.fromEntries(Object.entries(header));

/** Bytes that are easy to tell apart. */
const bodyOf = (bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, at) => (at * 7 + bytes) & 0xff);

function send(maxPayloadBytes: number, frames: readonly (readonly [FrameHeader, number])[]) {
  const { outboxes, published, traffic } = keepingOutboxes(maxPayloadBytes);
  const box = outboxes.open('edm.job.A.B.0');
  for (const [header, bytes] of frames) {
    box.begin(header, bytes);
    const body = bodyOf(bytes);
    box.write(body.subarray(0, bytes >> 1));
    box.write(body.subarray(bytes >> 1));
  }
  outboxes.flush();
  return { packets: published.map(({ payload }) => payload), box, traffic };
}

describe('frames', () => {
  it('arrive as they were sent, whatever the channel takes', () => {
    const narrow = fc.tuple(fc.integer({ min: 25, max: 140 }), fc.constant(fc.nat(300)));
    const sizes = fc.oneof(fc.nat(300), fc.constantFrom(8143, 8144, 8145, 20_000));
    const wide = fc.tuple(fc.constantFrom(4096, 65_536), fc.constant(sizes));
    const channels = fc
      .oneof(narrow, wide)
      .chain(([limit, bytes]) =>
        fc.tuple(fc.constant(limit), fc.array(fc.tuple(headers, bytes), { maxLength: 12 })),
      );
    fc.assert(
      fc.property(channels, ([limit, list]) => {
        const { packets, box, traffic: sent } = send(limit, list);
        const { inbox, frames, problems, traffic: received } = keepingInbox();
        for (const packet of packets) inbox.accept(packet);
        expect(problems).toEqual([]);
        expect(frames).toEqual(
          list.map(([header, bytes]) => ({ header: fieldsOf(header), body: bodyOf(bytes) })),
        );
        expect(Math.max(0, ...packets.map(({ length }) => length))).toBeLessThanOrEqual(limit);
        expect(inbox.received).toBe(packets.length);
        expect(box.sent).toBe(packets.length);
        const bytes = packets.reduce((sum, { length }) => sum + length, 0);
        expect(sent).toMatchObject({ framesSent: list.length, bytesSent: bytes });
        expect(received).toMatchObject({ framesReceived: list.length, bytesReceived: bytes });
      }),
      { numRuns: 50 },
    );
  });

  it('are cut into chunks of 1 byte where no more fits', () => {
    const { packets } = send(25, [[headerOf(), 9]]);
    expect(packets.map(({ length }) => length)).toEqual(Array<number>(48 + 16).fill(25));
  });

  it('of 1 MiB travel whole where they fit, else in chunks of half a MiB', () => {
    const body = 1024 * 1024 - packetHeaderBytes - frameHeaderBytes;
    const lengths = (limit: number, bytes: number) =>
      send(limit, [[headerOf(), bytes]]).packets.map(({ length }) => length);
    expect(lengths(1024 * 1024, body)).toEqual([1024 * 1024]);
    expect(lengths(1024 * 1024, body + 1)).toEqual([512 * 1024, 512 * 1024, 24 + 40]);
    expect(lengths(100_000, body)).toEqual([...Array<number>(10).fill(100_000), 48_824]);
  });

  it('of one turn share packets, and one that grows large is published early', () => {
    const one = send(
      1024 * 1024,
      Array.from({ length: 600 }, () => [headerOf(), 0] as const),
    );
    expect(one.packets.map(({ length }) => length)).toEqual([16 + 600 * 48]);
    const more = send(
      1024 * 1024,
      Array.from({ length: 1000 }, () => [headerOf(), 0] as const),
    );
    expect(more.packets.map(({ length }) => length)).toEqual([16 + 682 * 48, 16 + 318 * 48]);
  });

  it('are published in the order in which their outboxes were opened', () => {
    const { outboxes, published, due } = keepingOutboxes();
    const [a, b] = [outboxes.open('a'), outboxes.open('b')];
    b.begin(headerOf(), 0);
    a.begin(headerOf(), 0);
    b.begin(headerOf(), 0);
    expect(published).toEqual([]);
    expect(due).toHaveLength(1);
    due[0]!();
    expect(published.map(({ subject }) => subject)).toEqual(['a', 'b']);
    a.begin(headerOf(), 0);
    b.begin(headerOf(), 100_000);
    b.write(bodyOf(100_000));
    expect(published.map(({ subject }) => subject)).toEqual(['a', 'b', 'a', 'b']);
    expect(due).toHaveLength(2);
    expect([...outboxes.sentBySubject()]).toEqual([...Object.entries({ a: 2, b: 2 })]);
    outboxes.close('a');
    expect([...outboxes.sentBySubject().keys()]).toEqual(['b']);
  });

  it('give each packet memory that no other packet has', () => {
    const { outboxes, published } = keepingOutboxes();
    const box = outboxes.open('s');
    for (let at = 0; at < 6000; at += 1) {
      box.begin(headerOf({ event: at }), 0);
      outboxes.flush();
    }
    const seen = new Map<ArrayBufferLike, number>();
    for (const { payload } of published) {
      expect(payload.byteOffset).toBeGreaterThanOrEqual(seen.get(payload.buffer) ?? 0);
      seen.set(payload.buffer, payload.byteOffset + payload.byteLength);
    }
    expect(seen.size).toBe(2);
    const { inbox, frames } = keepingInbox();
    for (const { payload } of published) inbox.accept(payload);
    expect(frames.map(({ header }) => header.event)).toEqual(published.map((_, at) => at));
  });

  it('wait in the outbox when the channel throws, all but those of the packet it threw at', () => {
    const channel = keepingChannel(1024);
    const publish = channel.publish.bind(channel);
    channel.publish = (subject, payload) => {
      if (subject === 'a') throw new EdmeshError('EDMESH_INTERNAL', 'closed');
      publish(subject, payload);
    };
    const outboxes = new Outboxes({ channel, soon: () => {} });
    for (const subject of ['a', 'b']) outboxes.open(subject).begin(headerOf(), 0);
    expect(() => outboxes.flush()).toThrow('closed');
    outboxes.flush();
    expect(channel.published.map(({ subject }) => subject)).toEqual(['b']);
  });
});

describe('frames that are written while a packet is published', () => {
  it('are published too, be their outboxes opened before or after that of the packet', () => {
    const channel = keepingChannel(1024);
    const outboxes = new Outboxes({ channel, soon: () => undefined });
    const [first, second, third] = ['0', '1', '2'].map((i) => outboxes.open(`edm.job.A.B.${i}`));
    const write = channel.publish.bind(channel);
    channel.publish = (subject, payload) => {
      write(subject, payload);
      if (channel.published.length > 1) return;
      for (const box of [third, first]) box?.begin(headerOf({ kind: frameKinds.disconnect }), 0);
    };
    second?.begin(headerOf({ kind: frameKinds.event }), 0);
    outboxes.flush();
    expect(channel.published.map(({ subject }) => subject.at(-1)).sort()).toEqual(['0', '1', '2']);
    expect(outboxes.framesUnderWay).toBe(0);
  });
});

describe('an outbox', () => {
  it('refuses a frame above the limit, and takes the next one', () => {
    const { outboxes, published } = keepingOutboxes(1024, 20_000);
    const box = outboxes.open('s');
    const tooLarge = { code: 'EDMESH_FRAME_TOO_LARGE', fields: { limit: 20_000, subject: 's' } };
    expect(() => box.begin(headerOf(), 19_953)).toThrow(
      expect.objectContaining({ ...tooLarge, fields: { ...tooLarge.fields, bytes: 20_008 } }),
    );
    expect(() => box.begin(headerOf(), Number.NaN)).toThrow('frame');
    box.begin(headerOf(), 19_952);
    box.write(bodyOf(19_952));
    expect(published).toHaveLength(20);
  });

  it('refuses a body that is shorter or longer than announced', () => {
    const box = keepingOutboxes().outboxes.open('s');
    box.begin(headerOf(), 4);
    expect(() => box.write(bodyOf(5))).toThrow('longer');
    box.write(bodyOf(3));
    expect(() => box.begin(headerOf(), 0)).toThrow('1 bytes of a body are missing');
    expect(() => box.publish()).toThrow('1 bytes of a body are missing');
    box.write(bodyOf(1));
    expect(() => box.write(bodyOf(1))).toThrow('longer');
  });

  it.each([
    { slot: 65536 },
    { flags: 256 },
    { attempt: -1 },
    { run: 2 ** 32 },
    { lumi: 0.5 },
    { block: Number.NaN },
    { event: 2 ** 53 },
    { ordinal: -1 },
    { timeUs: Infinity },
  ])('refuses a field out of its range: %j', (fields) => {
    const box = keepingOutboxes().outboxes.open('s');
    expect(() => box.begin(headerOf(fields), 0)).toThrow('out of its range');
  });

  it('needs a channel that has room for chunks', () => {
    const channel = keepingChannel(chunkHeaderBytes);
    expect(() => new Outboxes({ channel, soon: () => {} })).toThrow('no room');
  });
});

describe('an inbox', () => {
  const header = (event: number): readonly [FrameHeader, number] => [headerOf({ event }), 0];
  /** One small frame a packet. */
  function packets(count: number): Uint8Array[] {
    const { outboxes, published } = keepingOutboxes();
    for (let event = 0; event < count; event += 1) {
      outboxes.open('s').begin(...header(event));
      outboxes.flush();
    }
    return published.map(({ payload }) => payload);
  }
  const gapsOf = (problems: readonly EdmeshError[]) =>
    problems.map(({ code, fields: { expected, received } }) => [code, expected, received]);

  it('reports a gap once, and goes on with what came', () => {
    const { inbox, frames, problems } = keepingInbox();
    const all = packets(6);
    for (const at of [0, 1, 4, 5]) inbox.accept(all[at]!);
    expect(frames.map(({ header: { event } }) => event)).toEqual([0, 1, 4, 5]);
    expect(gapsOf(problems)).toEqual([['EDMESH_FRAME_GAP', 2, 4]]);
    expect(problems[0]?.message).toBe('edm.job.A.B.0: 2 packets were lost from number 2 on');
    expect(problems[0]?.fields.subject).toBe('edm.job.A.B.0');
  });

  it('reports what comes late or twice, and does not give it on', () => {
    const { inbox, frames, problems } = keepingInbox();
    const all = packets(3);
    for (const at of [0, 0, 2, 1]) inbox.accept(all[at]!);
    expect(frames.map(({ header: { event } }) => event)).toEqual([0, 2]);
    expect(gapsOf(problems)).toEqual([
      ['EDMESH_FRAME_GAP', 1, 0],
      ['EDMESH_FRAME_GAP', 1, 2],
      ['EDMESH_FRAME_GAP', 3, 1],
    ]);
    expect(problems[0]?.message).toContain('late or twice');
  });

  it('hears from a heartbeat that the last packets are lost', () => {
    const { inbox, problems } = keepingInbox();
    inbox.accept(packets(1)[0]!);
    inbox.expectAtLeast(0);
    inbox.expectAtLeast(1);
    expect(problems).toEqual([]);
    inbox.expectAtLeast(3);
    inbox.expectAtLeast(3);
    expect(gapsOf(problems)).toEqual([['EDMESH_FRAME_GAP', 1, 3]]);
    for (const wild of [Number.NaN, 1.5, Infinity, 2 ** 40]) inbox.expectAtLeast(wild);
    expect(problems.slice(1).map(({ code }) => code)).toEqual(
      Array<string>(4).fill('EDMESH_FRAME_INVALID'),
    );
    expect(inbox.received).toBe(3);
  });

  it('loses a frame of which a chunk is lost, and no other', () => {
    const list = [header(1), [headerOf({ event: 2 }), 1000] as const, header(3)];
    const { packets: sent } = send(300, list);
    expect(sent).toHaveLength(6);
    for (let lost = 1; lost <= 4; lost += 1) {
      const { inbox, frames, problems } = keepingInbox();
      for (const packet of sent.filter((_, at) => at !== lost)) inbox.accept(packet);
      expect(frames.map(({ header: { event } }) => event)).toEqual([1, 3]);
      expect(gapsOf(problems)).toEqual([['EDMESH_FRAME_GAP', lost, lost + 1]]);
    }
  });

  it('refuses a packet between the chunks of a frame', () => {
    const { packets: sent } = send(300, [[headerOf({ event: 2 }), 1000], header(3)]);
    const last = Uint8Array.from(sent[4]!);
    last[4] = 2;
    const { inbox, frames, problems } = keepingInbox();
    for (const packet of [sent[0]!, sent[1]!, last]) inbox.accept(packet);
    expect(problems.map(({ code }) => code)).toEqual(['EDMESH_FRAME_INVALID']);
    expect(problems[0]?.message).toContain('between the chunks');
    expect(frames).toEqual([]);
  });

  it('takes no frame above its limit, says so once, and takes the next one', () => {
    const { packets: sent } = send(300, [
      [headerOf(), 3000],
      [headerOf({ event: 9 }), 900],
    ]);
    const { inbox, frames, problems } = keepingInbox(1000);
    for (const packet of sent) inbox.accept(packet);
    expect(problems.map(({ code, fields }) => [code, fields.bytes])).toEqual([
      ['EDMESH_FRAME_TOO_LARGE', 3048],
    ]);
    expect(frames.map(({ header: { event } }) => event)).toEqual([9]);
  });

  it('takes what the handler throws for a problem, and gives on the rest', () => {
    const problems: EdmeshError[] = [];
    let given = 0;
    const inbox = new Inbox({
      subject: 's',
      onFrame() {
        given += 1;
        throw new RangeError(`frame ${given}`);
      },
      onProblem: (error) => problems.push(error),
    });
    for (const packet of send(4096, [header(1), header(2)]).packets) inbox.accept(packet);
    expect(problems.map(({ message, contexts }) => [message, ...contexts])).toEqual([
      ['frame 1', 'subject s'],
      ['frame 2', 'subject s'],
    ]);
  });

  it('follows sequence numbers over 2^32', () => {
    const { inbox, frames, problems } = keepingInbox();
    const [packet] = packets(1);
    const numbered = (sequence: number): Uint8Array => {
      const copy = Uint8Array.from(packet!);
      new DataView(copy.buffer).setUint32(4, sequence, true);
      return copy;
    };
    inbox.accept(numbered(0x7fff_ffff));
    inbox.accept(numbered(0xffff_fffe));
    expect(problems).toHaveLength(2);
    for (const sequence of [0xffff_ffff, 0, 1, 3]) inbox.accept(numbered(sequence));
    expect(frames).toHaveLength(6);
    expect(gapsOf(problems.slice(2))).toEqual([['EDMESH_FRAME_GAP', 2 ** 32 + 2, 2 ** 32 + 3]]);
    expect(inbox.received).toBe(2 ** 32 + 4);
    inbox.accept(numbered(0xffff_ffff));
    expect(problems[3]?.message).toContain('late or twice');
  });
});

describe('a sequence', () => {
  it('places numbers by their distance, at any count', () => {
    const counts = fc.integer({ min: 0, max: 2 ** 50 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (expected, distance) => {
        const sequence = new PacketSequence(expected);
        const ahead = (expected + distance) % 2 ** 32;
        expect(sequence.place(ahead)).toBe(distance === 0 ? 'next' : 'ahead');
        expect(sequence.unwrapped(ahead)).toBe(expected + distance);
        const behind = (expected + 2 ** 32 - distance - 1) % 2 ** 32;
        expect(sequence.place(behind)).toBe('behind');
      }),
    );
  });
});
