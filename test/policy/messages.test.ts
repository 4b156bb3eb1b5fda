/** Does the policy write messages as docs/node-protocol.md says, byte for byte, and any message so that another decoder reads it? */
import { isDeepStrictEqual } from "node:util";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decode } from "@msgpack/msgpack";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { pattern } from "../support/pattern.ts";
import { fromJson, readGoldens } from "../mock-node/golden.ts";
import { MessageWriter, type PartMessage, type RequestMessage } from "./support/message-writer.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
let writer: MessageWriter;
beforeAll(async () => {
  sdk = await loadPolicyModule();
  writer = new MessageWriter(sdk);
});
beforeEach(() => sdk.host.reset());

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const golden = (...kinds: readonly string[]): ReturnType<typeof readGoldens> =>
  readGoldens().filter(({ kind }) => kinds.includes(kind));

describe("the golden bytes of a message", () => {
  it.each(golden("request", "part", "response", "probe"))(
    "of $file: $title",
    ({ message, hex: bytes }) => {
      expect(hex(writer.write(fromJson(message)))).toBe(bytes);
    },
  );

  it.each(golden("batch"))("of $file: $title", ({ message, hex: bytes }) => {
    const messages = (fromJson(message) as unknown[]).map((one) => hex(writer.write(one)));
    expect(writer.batchHeader(messages.length) + messages.join("")).toBe(bytes);
  });

  it("are there for each kind", () => {
    for (const kind of ["request", "part", "response", "probe", "batch"]) {
      expect(golden(kind), kind).not.toHaveLength(0);
    }
  });
});

/** Any bytes; of long ones the length is what counts. */
const bytes = (...lengths: readonly number[]): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...lengths).map((length) => new Uint8Array(pattern(length))),
  );
const id = fc.uint8Array({ minLength: 16, maxLength: 16 });
const name = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
/** A header's value has no zero byte and no line end. */
const value = bytes(31, 32, 255, 256, 300).map((all) =>
  all.map((byte) => (byte % 0x20 === byte ? 0x20 : byte)),
);
const headers = fc.array(fc.tuple(name, value), { maxLength: 20 });
const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
const text = fc.string({ unit: "binary", maxLength: 60 });
/** The values at which msgpack changes its form, and any others. */
const count = fc.oneof(
  fc.constantFrom(0, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1),
  fc.maxSafeNat(),
);
const ends = {
  trailers: fc.option(headers, { nil: undefined }),
  body: fc.option(
    bytes(255, 256, 65_535, 65_536, 70_000).filter((all) => all.length > 0),
    { nil: undefined },
  ),
};
/** What the decoder gives: 64-bit numbers as bigint, and no keys without a value. */
const wire = (number: number): number | bigint => (number > 0xffffffff ? BigInt(number) : number);
const reads = (written: Uint8Array, meant: object): boolean => {
  const present = Object.entries(meant).filter(([, one]) => one !== undefined);
  return isDeepStrictEqual(decode(written, { useBigInt64: true }), Object.fromEntries(present));
};

const request: fc.Arbitrary<RequestMessage> = fc.record({
  type: fc.constant("request"),
  id,
  part: fc.constant(0),
  last: fc.boolean(),
  mode: fc.constantFrom("sync", "async"),
  time: u64,
  client_ip: fc.constantFrom("", "203.0.113.7", "2001:db8::1"),
  scheme: fc.constantFrom("http", "https"),
  raw_scheme: fc.option(
    value.filter((all) => !/^https?$/i.test(Buffer.from(all).toString("latin1"))),
    { nil: undefined },
  ),
  protocol: fc.constantFrom("HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3", ""),
  method: fc.constantFrom("GET", "POST", "PROPFIND", "M".repeat(300)),
  host: value,
  path: value,
  headers,
  ...ends,
  body_size: count,
  truncated: fc.boolean(),
  api: fc.option(fc.record({ id: name, name: text, version: text }, { noNullPrototype: true }), {
    nil: undefined,
  }),
});

describe("any message is read by @msgpack/msgpack as it was meant", () => {
  it("of a request", () => {
    fc.assert(
      fc.property(request, (message) => {
        const meant = { ...message, body_size: wire(message.body_size) };
        return reads(writer.write(message), meant);
      }),
      { numRuns: 400 },
    );
  });

  it("of a later part", () => {
    const part: fc.Arbitrary<PartMessage> = fc.record({
      id,
      part: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      last: fc.boolean(),
      mode: fc.constantFrom("sync", "async"),
      ...ends,
      body_size: fc.option(count, { nil: undefined }),
    });
    fc.assert(
      fc.property(part, (message) => {
        const size = message.body_size;
        const end = size === undefined ? {} : { body_size: wire(size), truncated: true };
        return reads(writer.write({ ...message, ...end }), { ...message, ...end });
      }),
      { numRuns: 200 },
    );
  });

  it("of a response", () => {
    const response = fc.record({
      type: fc.constant("response"),
      id,
      time: u64,
      status: fc.integer({ min: 0, max: 999 }),
      duration: count,
      headers,
      ...ends,
      body_size: count,
      truncated: fc.boolean(),
    });
    fc.assert(
      fc.property(response, (message) => {
        const { duration, body_size } = message;
        const meant = { ...message, duration: wire(duration), body_size: wire(body_size) };
        return reads(writer.write(message), meant);
      }),
      { numRuns: 200 },
    );
  });
});
