/** Is the hash SipHash-1-3, and does it see each change of header pairs? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Sdk, pairs } from "./support/sdk.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});

const MASK = (1n << 64n) - 1n;
const rotated = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & MASK;

/** As the paper has it (§2), for any number of rounds. */
function sipHash(bytes: Uint8Array, low: bigint, high: bigint, c: number, d: number): bigint {
  let [v0, v1, v2, v3] = [
    low ^ 0x736f6d6570736575n,
    high ^ 0x646f72616e646f6dn,
    low ^ 0x6c7967656e657261n,
    high ^ 0x7465646279746573n,
  ];
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) & MASK;
      v2 = (v2 + v3) & MASK;
      v1 = rotated(v1, 13n) ^ v0;
      v3 = rotated(v3, 16n) ^ v2;
      v0 = rotated(v0, 32n);
      v2 = (v2 + v1) & MASK;
      v0 = (v0 + v3) & MASK;
      v1 = rotated(v1, 17n) ^ v2;
      v3 = rotated(v3, 21n) ^ v0;
      v2 = rotated(v2, 32n);
    }
  };
  const padded = Buffer.alloc(Math.floor(bytes.length / 8) * 8 + 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at);
    v3 ^= word;
    rounds(c);
    v0 ^= word;
  }
  v2 ^= 0xffn;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}

const hashed = (bytes: Uint8Array, low: bigint, high: bigint): bigint =>
  BigInt.asUintN(64, sdk.big("hashed", bytes, low, high));

describe("the hash of bytes", () => {
  it("is held against what the paper's own vector confirms (appendix A)", () => {
    const key = [0x0706050403020100n, 0x0f0e0d0c0b0a0908n] as const;
    const bytes = Uint8Array.from({ length: 15 }, (_, i) => i);
    expect(sipHash(bytes, ...key, 2, 4)).toBe(0xa129ca6149be45e5n);
  });

  it("is SipHash-1-3 of any bytes with any key", () => {
    const half = fc.bigInt(0n, MASK);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), half, half, (bytes, low, high) => {
        expect(hashed(bytes, low, high)).toBe(sipHash(bytes, low, high, 1, 3));
      }),
    );
  });
});

describe("the hash of pairs", () => {
  const hashOf = (...list: readonly (readonly [string, string])[]): bigint => {
    sdk.number("parsePairs", pairs(...list));
    return BigInt.asUintN(64, sdk.big("pairsHash", 1n, 2n));
  };
  const list = [
    [":path", "/a"],
    ["x", "1"],
    ["x", ""],
  ] as const;

  it("is the same for the same pairs, and with each key another one", () => {
    const hash = hashOf(...list);
    expect(hashOf(...list)).toBe(hash);
    expect(BigInt.asUintN(64, sdk.big("pairsHash", 1n, 3n))).not.toBe(hash);
    expect(BigInt.asUintN(64, sdk.big("pairsHash", 0n, 2n))).not.toBe(hash);
  });

  it("differs where a name, a value, the order or the number of pairs does", () => {
    const [path, one, empty] = list;
    const all = [
      hashOf(...list),
      hashOf(),
      hashOf(path, one),
      hashOf(path, empty, one),
      hashOf([":path", "/b"], one, empty),
      hashOf(path, ["y", "1"], empty),
      hashOf(path, ["x1", ""], empty),
      hashOf(path, ["x", "1\0x\0"]),
      hashOf(...list, empty),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
