/** Do header pairs say what the host wrote, whatever it wrote? */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Sdk, Status, latin1, pairs } from "./support/sdk.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});
beforeEach(() => sdk.host.reset());

const bytePair = fc.tuple(
  fc.string({ unit: "binary-ascii", maxLength: 9 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);

describe("reading pairs", () => {
  it("takes all pairs in one hostcall, in order, with repeats", () => {
    const bytes = pairs([":path", "/a"], ["x", "1"], ["x", "2"], ["empty", ""], ["", "v"]);
    sdk.host.answer("proxy_get_header_map_pairs", { results: [bytes] });

    expect(sdk.number("readPairs", 2)).toBe(5);
    expect(sdk.host.calls).toEqual([["proxy_get_header_map_pairs", 2]]);
    expect([0, 1, 2, 3, 4].map((i) => sdk.text("pairName", i))).toEqual([
      ":path",
      "x",
      "x",
      "empty",
      "",
    ]);
    expect([0, 1, 2, 3, 4].map((i) => sdk.bytes("pairValue", i))).toEqual([
      "/a",
      "1",
      "2",
      "",
      "v",
    ]);
    expect(sdk.number("pairFind", "x", 0)).toBe(1);
    expect(sdk.number("pairFind", "x", 2)).toBe(2);
    expect(sdk.number("pairFind", "x", 3)).toBe(-1);
    expect(sdk.number("pairFind", "X", 0)).toBe(-1);
    expect(sdk.number("pairFind", "x", -5)).toBe(1);
    expect([0, 1, 4].map((i) => sdk.number("pairIsPseudo", i))).toEqual([1, 0, 0]);
    expect(sdk.text("pairLengths", 0)).toBe("5 2");
    expect(sdk.text("pairWritten", 0, 1, 9)).toBe(":path=/a|a");
    expect(sdk.text("pairBytes", 0, 1)).toBe("112 97");
  });

  it("knows names that hold more than printable ASCII, wherever that stands", () => {
    const is = (name: string): boolean => {
      sdk.number("parsePairs", pairs([name, "\xff\x00\x1f"]));
      return sdk.number("pairNameIsPrintable", 0) === 1;
    };
    for (let length = 0; length < 20; length++) {
      expect(is("~".repeat(length)), String(length)).toBe(true);
      for (let at = 0; at < length; at++) {
        for (const odd of ["\x00", "\x1f", "\x7f", "\x80", "\xff"]) {
          const name = "a".repeat(at) + odd + "z".repeat(length - at - 1);
          expect(is(name), JSON.stringify(name)).toBe(false);
        }
      }
    }
    for (let code = 0; code < 256; code++) {
      expect(is(String.fromCharCode(code)), String(code)).toBe(code >= 0x20 && code < 0x7f);
    }
    expect(sdk.number("pairNameIsPrintable", 7)).toBe(1);
  });

  it("compares values byte by byte", () => {
    sdk.number("parsePairs", pairs(["a", "chunked"], ["b", "\xe9"]));
    expect(sdk.number("pairValueEquals", 0, "chunked")).toBe(1);
    expect(sdk.number("pairValueEquals", 0, "chunke")).toBe(0);
    expect(sdk.number("pairValueEquals", 0, "chunkeD")).toBe(0);
    expect(sdk.number("pairValueEquals", 7, "")).toBe(0);
    expect(sdk.text("pairValueString", 1)).toBe("\ufffd");
  });

  it("answers an index out of range with nothing", () => {
    sdk.number("parsePairs", pairs(["a", "b"]));
    for (const i of [-1, 1, 2 ** 31 - 1]) {
      expect(sdk.text("pairName", i)).toBe("");
      expect(sdk.bytes("pairValue", i)).toBe("");
      expect(sdk.text("pairBytes", i, 0)).toBe("0 0");
      expect(sdk.text("pairWritten", i, 0, 5)).toBe("=|");
    }
    expect(sdk.text("pairWritten", 0, -3, -3)).toBe("a=b|");
    expect(sdk.text("pairBytes", 0, -1)).toBe("0 0");
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["a single zero byte", new Uint8Array(1)],
    ["a count of zero", new Uint8Array(4)],
  ])("takes %s for an empty map", (_name, bytes) => {
    expect(sdk.number("parsePairs", bytes)).toBe(0);
    expect(sdk.number("pairFind", "", 0)).toBe(-1);
  });

  it.each([
    ["one byte that is not zero", latin1("\x01")],
    ["three bytes", new Uint8Array(3)],
    ["a count without lengths", latin1("\x01\0\0\0")],
    ["a count that overflows", latin1("\xff\xff\xff\xff" + "\0".repeat(40))],
    ["a count of 2^29, whose table has 2^32 bytes", latin1("\0\0\0\x20" + "\0".repeat(40))],
    ["a name beyond the end", latin1("\x01\0\0\0\xff\0\0\0\0\0\0\0a\0\0")],
    ["a length that overflows", latin1("\x01\0\0\0\xff\xff\xff\xff\x02\0\0\0a\0bb\0")],
    ["a value without a terminator", latin1("\x01\0\0\0\x01\0\0\0\x01\0\0\0a\0b")],
    ["another byte where a terminator belongs", latin1("\x01\0\0\0\x01\0\0\0\x01\0\0\0a!b\0")],
  ])("refuses %s with ParseFailure", (_name, bytes) => {
    sdk.host.answer("proxy_get_header_map_pairs", { results: [bytes] });
    expect(sdk.number("readPairs", 0)).toBe(-1);
    expect(sdk.number("lastStatus")).toBe(Status.ParseFailure);
  });

  it("reads whatever pairs a host can write, and back", () => {
    fc.assert(
      fc.property(fc.array(bytePair, { maxLength: 30 }), (list) => {
        expect(sdk.number("parsePairs", pairs(...list))).toBe(list.length);
        list.forEach(([name, value], i) => {
          expect(sdk.text("pairName", i)).toBe(name);
          expect(sdk.bytes("pairValue", i)).toBe(value);
          expect(sdk.text("pairLengths", i)).toBe(`${name.length} ${value.length}`);
        });
      }),
    );
  });

  it("never traps on bytes that were damaged", () => {
    fc.assert(
      fc.property(
        fc.array(bytePair, { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
        fc.nat(200),
        (list, damages, cut) => {
          const bytes = pairs(...list).slice(0, 4 + cut);
          for (const [at, value] of damages) bytes[at % bytes.length] = value;
          const count = sdk.number("parsePairs", bytes);
          for (let i = -1; i <= count; i++) if (count >= 0) sdk.text("pairWritten", i, 0, 99);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("writing pairs", () => {
  it("serializes them as the specification has it, and again after a change", () => {
    sdk.number("serializedAdd", ":path", "/");
    sdk.number("serializedAddBytes", latin1("x"), latin1("\xff\0"));
    expect(sdk.bytes("serializedBytes")).toBe(
      Buffer.from(pairs([":path", "/"], ["x", "\xff\0"])).toString("latin1"),
    );
    sdk.number("serializedSet", 0, "/other");
    sdk.number("serializedSet", 2, "nobody");
    sdk.number("serializedSet", -1, "nobody");
    const expected = Buffer.from(pairs([":path", "/other"], ["x", "\xff\0"])).toString("latin1");
    expect(sdk.bytes("serializedBytes")).toBe(expected);
    expect(sdk.number("setPairs", 0)).toBe(Status.Ok);
    expect(sdk.host.calls).toEqual([["proxy_set_header_map_pairs", 0, expected]]);
  });
});

describe("single headers", () => {
  it.each(["addHeader", "replaceHeader"])("%s passes name and value on", (name) => {
    expect(sdk.number(name, 2, "x-näme", "välue")).toBe(Status.Ok);
    const hostcall =
      name === "addHeader" ? "proxy_add_header_map_value" : "proxy_replace_header_map_value";
    expect(sdk.host.calls).toEqual([[hostcall, 2, "x-n\xc3\xa4me", "v\xc3\xa4lue"]]);
    sdk.host.answer(hostcall, { status: Status.BadArgument });
    expect(sdk.number(`${name}Bytes`, 2, latin1("a"), latin1("\xff\0"))).toBe(Status.BadArgument);
    expect(sdk.host.calls[1]).toEqual([hostcall, 2, "a", "\xff\0"]);
    expect(sdk.number("lastStatus")).toBe(Status.BadArgument);
  });

  it("reads one value, tells an empty one from none, and removes", () => {
    sdk.host.answer("proxy_get_header_map_value", { results: ["\xffv"] });
    expect(sdk.bytes("getHeaderValue", 0, "x")).toBe("\xffv");
    sdk.host.answer("proxy_get_header_map_value", { results: [""] });
    expect(sdk.bytes("getHeaderValue", 0, "x")).toBe("");
    sdk.host.answer("proxy_get_header_map_value", { status: Status.NotFound });
    expect(sdk.bytes("getHeaderValue", 0, "x")).toBeNull();
    expect(sdk.number("lastStatus")).toBe(Status.NotFound);
    expect(sdk.number("removeHeader", 3, "y")).toBe(Status.Ok);
    expect(sdk.host.calls.at(-1)).toEqual(["proxy_remove_header_map_value", 3, "y"]);
    sdk.host.answer("proxy_get_header_map_size", { results: [77] });
    expect(sdk.number("getHeaderMapSize", 0)).toBe(77);
  });
});
