/** Does a body that is held cost what it weighs, come out as it went in, and leave nothing behind? */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Sdk, Status, latin1 } from "./support/sdk.ts";

const PAGE = 65536;
const MIB = 1 << 20;
const ALL = 0xffffffff;
let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});
beforeEach(() => sdk.host.reset());

/** A host with this body in its buffer. */
function hostHas(body: string): void {
  sdk.host.answer("proxy_get_buffer_bytes", (_type, start, length) => ({
    results: [body.slice(Number(start) >>> 0, (Number(start) >>> 0) + (Number(length) >>> 0))],
  }));
}

/** Bytes in use by held bodies: pages of memory minus those that are free in the pool. */
const inUse = (module: Sdk): number =>
  module.number("pagesOfMemory") * PAGE - module.number("freePageBytes");

const text = (length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode((i * 7 + (i >> 8)) & 255)).join("");

describe("held bytes", () => {
  it("are written by the host into the block itself: the module copies nothing", () => {
    const body = text(150_000);
    hostHas(body);
    const held = sdk.number("newHeld");
    const addresses: number[] = [];
    sdk.host.guest = {
      memory: sdk.exports.memory,
      __collect: () => sdk.exports.__collect(),
      proxy_on_memory_allocate(size) {
        const address = sdk.exports.proxy_on_memory_allocate(size);
        addresses.push(address);
        return address;
      },
    };
    expect(sdk.number("heldAppendFromHost", held, 0, 0, 150_000)).toBe(Status.Ok);
    sdk.host.guest = sdk.exports;

    expect(sdk.bytes("heldContent", held)).toBe(body);
    expect(addresses.length).toBe(3);
    // The first room was the begin of the first block: its bytes still stand where the host wrote them.
    const written = Buffer.from(sdk.exports.memory.buffer, addresses[0], 1000).toString("latin1");
    expect(written).toBe(body.slice(0, 1000));
    sdk.number("heldClear", held);
  });

  it("come out as they went in, through any chunks, ranges and drops", () => {
    const chunk = fc.record({
      size: fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(90_000)),
      fromHost: fc.boolean(),
      drop: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(50_000)),
    });
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        (chunks, start, length) => {
          const held = sdk.number("newHeld");
          let expected = "";
          for (const { size, fromHost, drop } of chunks) {
            const bytes = text(size);
            hostHas(bytes);
            if (fromHost) sdk.number("heldAppendFromHost", held, 0, 0, size);
            else sdk.number("heldAppend", held, latin1(bytes), 0, ALL);
            expected = (expected + bytes).slice(drop);
            if (drop > 0) sdk.number("heldDropFront", held, drop);
            expect(sdk.number("heldLength", held)).toBe(expected.length);
          }
          expect(sdk.bytes("heldContent", held)).toBe(expected);
          const from = start % (expected.length + 2);
          expect(sdk.bytes("heldRange", held, from, length)).toBe(
            expected.slice(from, from + length),
          );
          sdk.number("heldClear", held);
          expect(sdk.bytes("heldContent", held)).toBe("");
          sdk.number("forgetHeld", held);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("of 1 MiB that came byte by byte cost 1 MiB and one block", () => {
    const before = inUse(sdk);
    const held = sdk.number("newHeld");
    const byte = new Uint8Array([0x41]);
    for (let i = 0; i < MIB; i++) sdk.number("heldAppend", held, byte, 0, 1);
    expect(sdk.number("heldLength", held)).toBe(MIB);
    expect(inUse(sdk) - before).toBeLessThanOrEqual(MIB + 4 * PAGE);
    sdk.number("heldClear", held);
    expect(inUse(sdk) - before).toBeLessThanOrEqual(PAGE);
  });

  it("of 1000 small bodies share pages, and give them back", () => {
    const before = inUse(sdk);
    const bodies = Array.from({ length: 1000 }, () => sdk.number("newHeld"));
    for (const held of bodies) sdk.number("heldAppend", held, new Uint8Array(500), 0, ALL);
    expect(inUse(sdk) - before).toBeLessThanOrEqual(1000 * 1100 + 2 * PAGE);
    // The holes that every second one leaves are filled again.
    const full = inUse(sdk);
    for (let i = 0; i < 1000; i += 2) sdk.number("heldClear", bodies[i]!);
    for (let i = 0; i < 1000; i += 2) {
      sdk.number("heldAppend", bodies[i]!, new Uint8Array(500), 0, ALL);
    }
    expect(inUse(sdk)).toBe(full);
    // In an order that is not that of the blocks.
    for (let i = 0; i < 1000; i++) sdk.number("heldClear", bodies[(i * 7) % 1000]!);
    expect(inUse(sdk) - before).toBeLessThanOrEqual(2 * PAGE);
  });

  it("take no room for what was only announced", () => {
    const before = inUse(sdk);
    hostHas("");
    const held = sdk.number("newHeld");
    expect(sdk.number("heldAppendFromHost", held, 0, 0, 50 * MIB)).toBe(Status.Ok);
    expect(sdk.number("heldLength", held)).toBe(0);
    expect(inUse(sdk) - before).toBeLessThanOrEqual(PAGE);
    sdk.number("heldClear", held);
  });

  it("keep what had come before the host failed, and tell the status", () => {
    const held = sdk.number("newHeld");
    hostHas("abc");
    sdk.number("heldAppendFromHost", held, 0, 0, 3);
    sdk.host.answer("proxy_get_buffer_bytes", { status: Status.NotFound });
    expect(sdk.number("heldAppendFromHost", held, 0, 0, 3)).toBe(Status.NotFound);
    expect(sdk.bytes("heldContent", held)).toBe("abc");
    sdk.number("heldClear", held);
  });

  it("hold no block when nothing at all has come", () => {
    const before = inUse(sdk);
    const held = sdk.number("newHeld");
    sdk.host.answer("proxy_get_buffer_bytes", { status: Status.NotFound });
    expect(sdk.number("heldAppendFromHost", held, 0, 0, 60_000)).toBe(Status.NotFound);
    expect(inUse(sdk)).toBe(before);
  });

  it("are copied only if the host asks for more room than it was offered", () => {
    hostHas("abcdef");
    sdk.host.extraRoom = 1 << 17;
    sdk.host.collectBeforeReturn = true;
    const held = sdk.number("newHeld");
    expect(sdk.number("heldAppendFromHost", held, 0, 0, 6)).toBe(Status.Ok);
    expect(sdk.bytes("heldContent", held)).toBe("abcdef");
    sdk.number("heldClear", held);
  });

  it("do not let a host write more than it was asked for", () => {
    sdk.host.answer("proxy_get_buffer_bytes", { results: ["x".repeat(5000)] });
    const held = sdk.number("newHeld");
    expect(sdk.number("heldAppendFromHost", held, 0, 0, 10)).toBe(Status.InvalidMemoryAccess);
    expect(sdk.number("heldLength", held)).toBe(0);
  });

  it("leave the place that the host was offered when the host did not use it", () => {
    const held = sdk.number("newHeld");
    hostHas("");
    sdk.number("heldAppendFromHost", held, 0, 0, 100);
    const elsewhere = sdk.exports.proxy_on_memory_allocate(50);
    sdk.number("heldAppend", held, latin1("abc"), 0, ALL);
    new Uint8Array(sdk.exports.memory.buffer).fill(0x21, elsewhere, elsewhere + 50);
    expect(sdk.bytes("heldContent", held)).toBe("abc");
    sdk.number("heldClear", held);
  });

  it("that nobody cleared are freed by the collector", () => {
    const before = inUse(sdk);
    sdk.number("loseUncleared", 40, MIB);
    sdk.exports.__collect();
    sdk.exports.__collect();
    expect(inUse(sdk) - before).toBeLessThanOrEqual(8 * MIB);
  });
});

describe("when memory ends", () => {
  it("appending and writing tell it by a status, and the module lives on", async () => {
    const small = await Sdk.load("limited");
    const held = small.number("newHeld");
    const chunk = new Uint8Array(PAGE);
    let status: number = Status.Ok;
    for (let i = 0; i < 300 && status === Status.Ok; i++) {
      status = small.number("heldAppend", held, chunk, 0, ALL);
    }
    expect(status).toBe(Status.InternalFailure);
    expect(small.number("lastStatus")).toBe(Status.InternalFailure);
    expect(small.number("heldLength", held)).toBeGreaterThan(80 * PAGE);

    const writer = small.number("newWriter");
    expect(small.number("writerReserve", writer, 30 * PAGE)).toBe(0);
    expect(small.number("writerFailed", writer)).toBe(1);
    small.number("serializedAdd", ":method", "POST");
    expect(small.big("httpCall", "node", writer, false, 100)).toBe(-BigInt(Status.InternalFailure));
    expect(small.big("callGrpc", "c", "s", "m", writer)).toBe(-BigInt(Status.InternalFailure));
    expect(small.number("sendGrpc", 1, writer, false)).toBe(Status.InternalFailure);
    expect(small.host.calls).toEqual([]);

    // Bodies that are let go of make room for others.
    small.number("heldClear", held);
    small.number("writerClear", writer, 0);
    expect(small.number("writerReserve", writer, 30 * PAGE)).toBe(1);
    expect(small.number("heldAppend", held, chunk, 0, ALL)).toBe(Status.Ok);
  });
});

describe("held bytes go back to the host", () => {
  /** A host with this in its buffer, that changes it as Envoy does; what is in it now. */
  function hostHolds(content: string): () => string {
    let now = content;
    sdk.host.answer("proxy_set_buffer_bytes", (_type, start, length, bytes) => {
      const [from, count] = [Number(start) >>> 0, Number(length) >>> 0];
      if (from === 0) now = String(bytes) + now.slice(count);
      else if (from >= now.length) now += String(bytes);
      else return { status: Status.BadArgument };
      return {};
    });
    return () => now;
  }

  const writes = (): number =>
    sdk.host.calls.filter(([name]) => name === "proxy_set_buffer_bytes").length;

  /** Three blocks and the begin of a fourth, after bytes at the front were dropped. */
  function holding(dropped: number): { held: number; content: string } {
    const content = text(200_000);
    hostHas(content);
    const held = sdk.number("newHeld");
    for (let at = 0; at < content.length; at += 50_000) {
      sdk.number("heldAppendFromHost", held, 0, at, 50_000);
    }
    if (dropped > 0) sdk.number("heldDropFront", held, dropped);
    return { held, content: content.slice(dropped) };
  }

  it.each([
    ["all of them", 0, 0, ALL],
    ["a range in the middle", 0, 70_000, 90_000],
    ["a range within a block", 0, 10, 100],
    ["what is left after a drop", 1234, 0, ALL],
    ["a range after a drop of more than a block", 100_000, 5, 60_000],
    ["a range that ends behind them", 0, 199_999, 50],
    ["none from their end on", 0, 200_000, 10],
    ["none", 0, 5, 0],
  ])("before what is there, and behind it: %s", (_what, dropped, start, length) => {
    const { held, content } = holding(dropped);
    const range = content.slice(start, start + length);
    const buffer = hostHolds("last chunk");
    expect(sdk.number("heldPrepend", held, 0, start, length)).toBe(Status.Ok);
    expect(buffer()).toBe(`${range}last chunk`);
    expect(sdk.number("heldAppendTo", held, 0, start, length)).toBe(Status.Ok);
    expect(buffer()).toBe(`${range}last chunk${range}`);
    // They are here as well as there.
    expect(sdk.bytes("heldContent", held)).toBe(content);
    sdk.number("heldClear", held);
  });

  it("block by block: nothing is joined in the module", () => {
    const { held } = holding(0);
    hostHolds("");
    const before = inUse(sdk);
    sdk.number("heldPrepend", held, 0, 0, ALL);
    const blocks = writes();
    expect(blocks).toBeGreaterThan(1);
    sdk.number("heldAppendTo", held, 0, 0, ALL);
    expect(writes()).toBe(2 * blocks);
    expect(inUse(sdk)).toBe(before);
    sdk.number("heldClear", held);
  });

  it.each(["heldPrepend", "heldAppendTo"])(
    "with the host's status: %s stops at a failure",
    (put) => {
      const { held } = holding(0);
      sdk.host.answer("proxy_set_buffer_bytes", { status: Status.BadArgument });
      expect(sdk.number(put, held, 0, 0, ALL)).toBe(Status.BadArgument);
      expect(writes()).toBe(1);
      sdk.number("heldClear", held);
    },
  );
});
