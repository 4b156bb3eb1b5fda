/** Does the JSON reader take what JSON.parse takes, refuse the rest at the right place, and never trap? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Sdk } from "./support/sdk.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});

const dump = (text: string): string => sdk.text("dumpJson", Buffer.from(text))!;

/** The canonical form of modules/json-dump.as.ts, from a value that JSON.parse has read. */
function canonical(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${quote(key)}:${canonical(item)}`);
  return `{${entries.join(",")}}`;
}
function quote(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

describe("parseJson", () => {
  it("reads any value as JSON.parse does", () => {
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" });
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, "\t"), (one, indent) => {
        const text = JSON.stringify(one, null, indent);
        expect(dump(text)).toBe(canonical(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("accepts exactly the texts that JSON.parse accepts, and never traps", () => {
    const piece = fc.constantFrom(
      ...["{", "}", "[", "]", ":", ",", '"', '"a"', '"a":1', "\\", "\\n", "\\u00e9", "\\ud83d"],
      ...[
        "0",
        "-",
        "1",
        "01",
        ".5",
        "1.",
        "1e",
        "1E+2",
        "true",
        "fals",
        "null",
        " ",
        "\n",
        "\u0001",
      ],
      ...["é", "\u2028", "/", "'a'", "NaN", "+1"],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
      fc
        .json({ maxDepth: 3 })
        .chain((json) => fc.nat(json.length).map((at) => json.slice(0, at) + json.slice(at + 1))),
    );
    fc.assert(
      fc.property(text, (one) => {
        let valid = true;
        try {
          JSON.parse(one);
        } catch {
          valid = false;
        }
        expect(/^\d+: /.test(dump(one))).toBe(!valid);
      }),
      { numRuns: 5000 },
    );
  });

  it("never traps on bytes that are no text at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(sdk.text("dumpJson", bytes)).not.toBeNull();
        expect(sdk.text("dumpJson", Buffer.concat([Buffer.from('{"a":"'), bytes]))).not.toBeNull();
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["", "0: the text ends too early"],
    ["  ", "2: the text ends too early"],
    ['{"a" 1}', "5: expected ':' after the key"],
    ["{a:1}", "1: expected a key in double quotes"],
    ['{"a":1,}', "7: expected a key in double quotes"],
    ['{"a":1 "b":2}', "7: expected ',' or '}'"],
    ["[1 2]", "3: expected ',' or ']'"],
    ["[1,]", "3: expected a value"],
    ["tru", "0: expected a value"],
    ["1 2", "2: text after the end of the value"],
    ["01", "1: malformed number"],
    ["-", "1: malformed number"],
    ["1.", "2: malformed number"],
    ["1e+", "3: malformed number"],
    ['"a', "2: a string has no end"],
    ['"a\nb"', "2: a control character must be escaped"],
    ['"a\\x"', "3: unknown escape"],
    ['"\\u12g4"', "5: unknown escape"],
    ["\ufeff{}", "0: expected a value"],
  ])("refuses %j, telling the place and the reason: %s", (text, expected) => {
    expect(dump(text)).toBe(expected);
  });

  it("nests 16 deep and no deeper", () => {
    expect(dump("[".repeat(16) + "]".repeat(16))).toBe("[".repeat(16) + "]".repeat(16));
    expect(dump("[".repeat(17) + "]".repeat(17))).toBe("16: nested deeper than 16");
    expect(dump('{"a":'.repeat(100_000))).toBe("80: nested deeper than 16");
    // Depth is what is open, not what there was.
    expect(dump(`[${"[],".repeat(50)}[]]`)).toBe(`[${"[],".repeat(50)}[]]`);
  });

  it("keeps repeated keys, gives the last, and names the first that is repeated", () => {
    const text = Buffer.from('{"b":1,"a":2,"b":3}');
    expect(sdk.text("dumpJson", text)).toBe('{"\\u0062":1,"\\u0061":2,"\\u0062":3}');
    expect(sdk.text("inspectJson", text, "b")).toBe("3@17 duplicate=b integer=false");
    expect(sdk.text("inspectJson", text, "c")).toBe("none duplicate=b integer=false");
    expect(sdk.text("inspectJson", Buffer.from('{"b":1}'), "b")).toBe(
      "1@5 duplicate=none integer=false",
    );
  });

  it.each([
    ["0", true],
    ["-12", true],
    ["9007199254740991", true],
    ["9007199254740993", false],
    ["1.0", false],
    ["1e3", false],
    ["1E3", false],
    ['"1"', false],
  ])("%s is an integer that a double holds exactly: %s", (text, expected) => {
    expect(sdk.text("inspectJson", Buffer.from(text), "")).toContain(`integer=${expected}`);
  });

  it("reads numbers exactly up to 15 digits, and nearly beyond", () => {
    const number = (text: string): number =>
      (sdk.exports.jsonNumber as unknown as (at: number) => number)(
        sdk.exports.__newArrayBuffer(new Uint8Array(Buffer.from(text)).buffer),
      );
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: -15, max: 15 }), (digits, power) => {
        expect(number(String(digits))).toBe(digits);
        const short = `${Math.trunc(digits / 100)}e${power}`;
        expect(number(short)).toBe(Number(short));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const got = number(JSON.stringify(value));
        expect(Math.abs(got - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-14 + 1e-300);
      }),
      { numRuns: 500 },
    );
    expect(number("1e999")).toBe(Infinity);
    expect(number("-1e-999")).toBe(-0);
    expect(number("1e99999999999")).toBe(Infinity);
    expect(number(`0.${"0".repeat(400)}1`)).toBe(0);
    expect(number(`${"1".repeat(50)}`)).toBeCloseTo(Number("1".repeat(50)), -37);
  });
});
