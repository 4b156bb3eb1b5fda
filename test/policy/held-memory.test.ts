/**
 * What do bodies cost that are held? Of linear memory at most 1.7 times what they weigh, from 5 KiB on (before that the request's own
 * objects weigh more), and nothing more when it happens again. On a host of the tests: Envoy tells nobody how large a module's memory is.
 */
import { describe, expect, test } from "vitest";
import { DataStatus, ScriptedHost } from "../support/scripted-host.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const MOST = 1.7;
/** So many bodies come at the same time, in turns. */
const AT_ONCE = 40;
const BYTES = Buffer.alloc(MIB, "x");

/** Sizes that follow each other, again and again. */
type Sizes = readonly number[];

const MIXED_BODIES: Sizes = [
  300, 2000, 5000, 12_000, 16_384, 17_000, 20_000, 33_000, 40_000, 64_000, 65_536, 70_000, 130_000,
  400_000, 1_000_000,
];
const MIXED_CHUNKS: Sizes = [16_384, 1, 1448, 9000, 40_000, 100, 4096];
/** As Envoy reads them. */
const CHUNKS: Sizes = [16_384];

/** Answers nothing, so that all that comes is held. */
function policy(config: object = {}): ScriptedHost {
  const host = new ScriptedHost();
  // A stream that the node is silent about must not make it look dead.
  expect(host.configure({ breaker_failures: 0, ...config })).toBe(1);
  return host;
}

/** Begins bodies until `total` bytes are held; the streams. */
function hold(host: ScriptedHost, total: number, bodies: Sizes, chunks: Sizes): number[] {
  const streams: number[] = [];
  const coming: { readonly stream: number; left: number }[] = [];
  let chunk = 0;
  for (let held = 0, turn = 0; held < total; turn++) {
    if (coming.length < AT_ONCE) {
      const stream = host.stream();
      host.requestHeaders(stream, false, "POST");
      coming.push({ stream, left: bodies[streams.length % bodies.length]! });
      streams.push(stream);
    }
    const body = coming[turn % coming.length]!;
    const size = Math.min(body.left, chunks[chunk++ % chunks.length]!);
    const status = host.requestBody(body.stream, BYTES.subarray(0, size), false);
    if (status !== DataStatus.StopAndWatermark) throw new Error(`a chunk is answered by ${status}`);
    held += size;
    body.left -= size;
    if (body.left === 0) coming.splice(coming.indexOf(body), 1);
  }
  return streams;
}

/** Linear memory while they are held, for one byte of them; and by how much it grows when the same comes once more. */
function cost(host: ScriptedHost, mebibytes: number, bodies: Sizes, chunks: Sizes) {
  const total = mebibytes * MIB;
  const [first, again] = [1, 2].map(() => {
    const streams = hold(host, total, bodies, chunks);
    const memory = host.memoryBytes;
    for (const stream of streams) host.endOfStream(stream);
    return memory;
  }) as [number, number];
  return { ratio: first / total, growth: again - first };
}

describe.each(["http://node:5050", "h2://node:5080"])("bodies held for a node at %s", (node) => {
  test.each([24, 48])("of mixed sizes, in chunks of mixed sizes: %i MiB", (mebibytes) => {
    const { ratio, growth } = cost(
      policy({ wallarm_node: node }),
      mebibytes,
      MIXED_BODIES,
      MIXED_CHUNKS,
    );
    expect(ratio).toBeLessThan(MOST);
    expect(growth).toBe(0);
  });
});

test.each([5, 8, 12, 14, 16, 17, 20, 27, 32, 40, 48, 64, 65, 70, 90, 100, 128])(
  "bodies of %i KiB each, and nothing else",
  (size) => {
    const { ratio, growth } = cost(policy(), 24, [size * KIB], CHUNKS);
    expect(ratio).toBeLessThan(MOST);
    expect(growth).toBe(0);
  },
);

test("bodies of one size after another", () => {
  const host = policy();
  // Each begins with what the others have left.
  for (let size = 5; size <= 130; size += 9) {
    const { ratio } = cost(host, 24, [size * KIB + 17], CHUNKS);
    expect(ratio).toBeLessThan(MOST);
  }
});

test("bodies that are told, and kept for telling them again", () => {
  const host = policy();
  const run = (): number => {
    const streams = hold(host, 24 * MIB, MIXED_BODIES, MIXED_CHUNKS);
    for (const stream of streams) host.requestBody(stream, "", true);
    expect(host.calls.length).toBeGreaterThanOrEqual(streams.length);
    const memory = host.memoryBytes;
    for (const call of host.calls) host.verdict("pass", call);
    for (const stream of streams) host.endOfStream(stream);
    host.calls.length = 0;
    return memory;
  };
  const first = run();
  expect(first / (24 * MIB)).toBeLessThan(MOST);
  expect(run()).toBe(first);
});

describe("a body of 5 MB in parts", () => {
  const CHUNK = 16_384;
  const SIZE = 5_000_000;

  /** The node lets each part pass as soon as it is told. */
  function upload(host: ScriptedHost): void {
    const stream = host.stream();
    let judged = 0;
    host.requestHeaders(stream, false, "POST");
    for (let left = SIZE; left > 0; left -= CHUNK) {
      const size = Math.min(CHUNK, left);
      host.requestBody(stream, BYTES.subarray(0, size), size === left);
      while (judged < host.calls.length) host.verdict("pass", host.calls[judged++]);
    }
    expect(judged).toBe(5);
    expect(host.acts).toHaveLength(1);
    host.endOfStream(stream);
    host.calls.length = 0;
    host.acts.length = 0;
  }

  test("is held once, beside the message of a part, and the next upload is the same", () => {
    const host = policy();
    upload(host);
    const before = host.memoryBytes;
    expect(before).toBeLessThan(MOST * (SIZE + MIB));
    for (let i = 0; i < 20; i++) upload(host);
    expect(host.memoryBytes).toBe(before);
  });
});
