/** Do writers and texts give the bytes that they should, at every edge? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Sdk, Status, latin1 } from "./support/sdk.ts";

const ALL = 0xffffffff;
let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});

describe("ByteWriter", () => {
  it("writes numbers big endian", () => {
    const writer = sdk.number("newWriter");
    sdk.number("writerWriteNumbers", writer);
    expect(sdk.bytes("writerContent", writer)).toBe(
      "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
    );
    sdk.number("writerSetU8", writer, 0, 0x7f);
    sdk.number("writerSetU32BE", writer, 11, 0xdeadbeef);
    // Outside of what was written: nothing.
    sdk.number("writerSetU32BE", writer, 12, 0);
    sdk.number("writerSetU32BE", writer, ALL, 0);
    sdk.number("writerSetU8", writer, 15, 0);
    expect(sdk.bytes("writerContent", writer)).toBe(
      "\x7f\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\xde\xad\xbe\xef",
    );
    expect(sdk.number("writerByteAt", writer, 11)).toBe(0xde);
    expect(sdk.number("writerByteAt", writer, 15)).toBe(0);
    sdk.number("writerTruncate", writer, 1);
    sdk.number("writerTruncate", writer, 5);
    expect(sdk.bytes("writerContent", writer)).toBe("\x7f");
  });

  it("holds any sequence of pieces, as it grows from bytes to many pages", () => {
    const pieces = fc.array(
      fc.tuple(fc.oneof(fc.nat(10), fc.nat(40_000), fc.nat(200_000)), fc.nat(255)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(pieces, fc.nat(100_000), (list, keep) => {
        const writer = sdk.number("newWriter");
        for (let round = 0; round < 2; round++) {
          let expected = "";
          for (const [size, fill] of list) {
            sdk.number("writerWriteBytes", writer, new Uint8Array(size).fill(fill), 0, ALL);
            expected += String.fromCharCode(fill).repeat(size);
          }
          expect(sdk.number("writerLength", writer)).toBe(expected.length);
          expect(sdk.bytes("writerContent", writer) === expected).toBe(true);
          sdk.number("writerClear", writer, keep);
          expect(sdk.number("writerLength", writer)).toBe(0);
        }
        sdk.number("writerClear", writer, 0);
        sdk.number("forgetWriter", writer);
      }),
      { numRuns: 40 },
    );
  });

  it("leaves out what lies outside of the bytes that it is given", () => {
    const writer = sdk.number("newWriter");
    for (const [offset, length] of [
      [1, 1],
      [2, ALL],
      [3, 1],
      [ALL, ALL],
      [0, 0],
    ]) {
      sdk.number("writerWriteBytes", writer, latin1("abc"), offset!, length!);
    }
    expect(sdk.bytes("writerContent", writer)).toBe("bc");
  });

  it("gives pages over what is to be kept back, and no others", () => {
    const writer = sdk.number("newWriter");
    const before = sdk.number("freePageBytes");
    sdk.number("writerWriteBytes", writer, new Uint8Array(300_000), 0, ALL);
    sdk.number("writerClear", writer, 1 << 20);
    const kept = sdk.number("freePageBytes");
    sdk.number("writerClear", writer, 65536);
    expect(sdk.number("freePageBytes") - kept).toBeGreaterThanOrEqual(300_000);
    expect(sdk.number("freePageBytes")).toBeGreaterThanOrEqual(before);
  });

  it("refuses what no memory holds, once and for all until it is cleared", () => {
    const writer = sdk.number("newWriter");
    sdk.number("writerWriteString", writer, "ab");
    expect(sdk.number("writerReserve", writer, ALL)).toBe(0);
    sdk.number("writerWriteString", writer, "c");
    expect(sdk.number("writerFailed", writer)).toBe(1);
    expect(sdk.bytes("writerContent", writer)).toBe("ab");
    sdk.number("writerClear", writer, 65536);
    sdk.number("writerWriteString", writer, "d");
    expect(sdk.number("writerFailed", writer)).toBe(0);
    expect(sdk.bytes("writerContent", writer)).toBe("d");
  });
});

describe("texts", () => {
  it("decode exactly as WHATWG's decoder does, broken or not", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const broken = fc.uint8Array({ maxLength: 40 });
    const lively = fc.array(
      fc.constantFrom(
        0x2f,
        0x80,
        0xbf,
        0xc0,
        0xc2,
        0xe0,
        0xa0,
        0xed,
        0x9f,
        0xf0,
        0x90,
        0xf4,
        0x8f,
        0xff,
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          broken,
          lively.map((list) => Uint8Array.from(list)),
        ),
        (bytes) => {
          const ours = sdk.text("bytesToString", bytes, 0, ALL)!;
          // WHATWG puts one U+FFFD for a cut sequence, we one a byte: both must agree on everything else.
          const squeeze = (text: string): string => text.replace(/\ufffd+/g, "\ufffd");
          expect(squeeze(ours)).toBe(squeeze(decoder.decode(bytes)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("never become another character out of an overlong form", () => {
    expect(sdk.text("bytesToString", latin1("\xc0\xaf\xe0\x80\xaf"), 0, ALL)).toBe(
      "\ufffd".repeat(5),
    );
  });

  it("encode as UTF-8, half a surrogate pair as U+FFFD", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (value) => {
        expect(sdk.bytes("stringToBytes", value)).toBe(
          Buffer.from(new TextEncoder().encode(value)).toString("latin1"),
        );
      }),
    );
    expect(sdk.bytes("stringToBytes", "\ud83d")).toBe("\xef\xbf\xbd");
  });

  it("are cut, joined and compared by bytes", () => {
    expect(sdk.text("bytesToString", latin1("abcdef"), 2, 3)).toBe("cde");
    expect(sdk.text("bytesToString", latin1("abcdef"), 9, 3)).toBe("");
    expect(sdk.bytes("concatBytes", latin1("\xffa"), latin1("b"))).toBe("\xffab");
    expect(sdk.number("bytesEqual", latin1("ab"), latin1("ab"))).toBe(1);
    expect(sdk.number("bytesEqual", latin1("ab"), latin1("ac"))).toBe(0);
    expect(sdk.number("bytesEqual", latin1("ab"), latin1("abc"))).toBe(0);
  });
});

describe("random bytes", () => {
  it("fill a part of a buffer, and never write outside of it", () => {
    sdk.host.reset();
    expect(sdk.number("randomBytes", new Uint8Array(16), 4, 12)).toBe(Status.Ok);
    expect(sdk.host.calls).toEqual([["random_get", 12]]);
    for (const [offset, length] of [
      [5, 12],
      [17, 0],
      [-1, 4],
      [0, -1],
      [2 ** 31 - 1, 2 ** 31 - 1],
    ]) {
      expect(sdk.number("randomBytes", new Uint8Array(16), offset!, length!)).toBe(
        Status.BadArgument,
      );
    }
    expect(sdk.number("randomBytes", new Uint8Array(70_000), 0, 65_537)).toBe(Status.BadArgument);
    expect(sdk.host.calls.length).toBe(1);
    sdk.host.answer("random_get", { status: 28 });
    expect(sdk.number("randomBytes", new Uint8Array(1), 0, 1)).toBe(Status.InternalFailure);
  });
});
