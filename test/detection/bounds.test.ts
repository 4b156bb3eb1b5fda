// Is the work bounded for any input?

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  inspect,
  RULES,
  type DetectionLimits,
  type InspectedRequest,
} from "../../host-sim/src/mock-node/detection/index.ts";
import { timesOf } from "../support/slice.ts";
import { ENCODERS, json, multipart, PLACEMENTS, request } from "./support/requests.ts";

/** CPU time of this process, in milliseconds; the smallest of three runs, as other processes disturb. */
function cost(run: () => unknown): number {
  const times = [0, 1, 2].map(() => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

describe("work", () => {
  const units = [
    "'",
    '"',
    "`",
    "<",
    "<a b='",
    "${",
    "${lower:",
    "../",
    "%25",
    "&#",
    "\\u0041",
    "/*",
    "' or ",
    "(select ",
    ";ls ",
    "{{",
    "<%",
    "<?php ",
    "j a v a ",
    "a.",
    "[[",
    "concat(",
    "/???/",
    "0x2e",
    "= ",
    "<!ENTITY a 'b'",
  ];
  it.each(units)("grows no faster than the input: %s repeated", (unit) => {
    const body = (size: number) => json({ a: unit.repeat(size / unit.length) });
    const small = cost(() => inspect(body(32 * 1024)));
    const large = cost(() => inspect(body(128 * 1024)));
    // Four times the input; a quadratic step would cost sixteen times as much.
    expect(large).toBeLessThan(Math.max(60, small * 9));
  });

  it("stops at the limit of attacks", () => {
    const many = json(
      Array.from({ length: 5000 }, (_, i) => ({ [`k${i}`]: "<script>alert(1)</script>" })),
    );
    expect(inspect(many).length).toBe(50);
    expect(inspect(many, { limits: { attacks: 3 } }).length).toBe(3);
  });

  it("is not multiplied by nesting of JSON, XML or encodings", () => {
    const deep = `${'{"a":['.repeat(100_000)}1`;
    expect(inspect(request("/", [["content-type", "application/json"]], deep))).toEqual([]);
    expect(inspect(request("/", [["content-type", "text/xml"]], "<a>".repeat(100_000)))).toEqual(
      [],
    );
    let nested = "<script>";
    for (let i = 0; i < 40; i += 1) nested = ENCODERS["percent once more"]!(nested);
    expect(() => inspect(json({ a: nested }))).not.toThrow();
  });
});

describe("what can't be looked at to its end", () => {
  const late = json({ a: "x ".repeat(5000), b: "<script>alert(1)</script>" });
  const deep = `%${"25".repeat(40)}`;
  it.each<[string, InspectedRequest, Partial<DetectionLimits>, string]>([
    ["too many values", late, { points: 3 }, "overlimit-points"],
    ["too many characters", late, { scannedCharacters: 1000 }, "overlimit-characters"],
    ["too little time", late, { milliseconds: -1 }, "overlimit-time"],
    ["too many readings", json({ a: `${deep}3Cscript` }), { variants: 3 }, "overlimit-encodings"],
  ])("is an attack, overlimit_res: %s", (_, subject, limits, rule) => {
    const attacks = inspect(subject, { limits });
    expect(attacks.map(({ type }) => type)).toContain("overlimit_res");
    expect(attacks.map((attack) => attack.rule)).toContain(rule);
  });

  it("leaves standing what was found before", () => {
    const early = json({ a: "<script>alert(1)</script>", b: "x ".repeat(5000) });
    const types = inspect(early, { limits: { scannedCharacters: 2000 } }).map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(["xss", "overlimit_res"]));
  });

  const packed = (encoding: string, bytes: Uint8Array): InspectedRequest =>
    request("/", [["content-type", "text/plain"], ...encodingOf(encoding)], bytes);
  const encodingOf = (name: string): [string, string][] =>
    name === "" ? [] : [["content-encoding", name]];
  const zeros = Buffer.alloc(40 * 1024 * 1024, 0x20);
  const layered = [1, 2, 3, 4, 5].reduce((inner) => gzipSync(inner), Buffer.from("harmless"));

  it.each<[string, InspectedRequest]>([
    ["gzip", packed("gzip", gzipSync(zeros))],
    ["gzip that no header names", packed("", gzipSync(zeros))],
    ["deflate", packed("deflate", deflateSync(zeros))],
    ["br", packed("br", brotliCompressSync(zeros))],
    ["five layers", packed(Array<string>(5).fill("gzip").join(","), layered)],
    ["five layers that no header names", packed("", layered)],
    ["a file of a form", multipart("f", gzipSync(zeros), "a.gz", "application/gzip")],
  ])("is a data_bomb where it unfolds to too much: %s", (_, subject) => {
    const before = process.memoryUsage.rss();
    expect(inspect(subject).map(({ type }) => type)).toEqual(["data_bomb"]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
  });

  it("is not what unfolds within the limits", () => {
    const four = [1, 2, 3, 4].reduce((inner) => gzipSync(inner), Buffer.from("harmless"));
    expect(inspect(packed("gzip,gzip,gzip,gzip", four))).toEqual([]);
    expect(inspect(packed("gzip", gzipSync(zeros.subarray(0, 10 * 1024 * 1024))))).toEqual([]);
  });
});

describe("an ordinary body of 1 MB", () => {
  const attack = "<script>alert(1)</script>";
  const words = "the customer ordered three boxes of green tea and a letter for the garden ";
  const text = words.repeat(14_500);
  const rows = (last: string): unknown[] => [
    ...Array.from({ length: 6000 }, (_, i) => ({
      id: i,
      name: `Customer ${i}`,
      email: `user${i}@example.com`,
      tags: ["new", "paid"],
      note: words,
    })),
    { note: last },
  ];
  const xml = (last: string): string =>
    `<?xml version="1.0"?><a>${`<row id="7"><n>${words}</n></row>`.repeat(11_000)}<z>${last}</z></a>`;
  const packed = (last: string): string =>
    Buffer.from(text.slice(0, 780_000) + last).toString("base64");
  const plain = (type: string, body: string): InspectedRequest =>
    request("/", [["content-type", type]], Buffer.from(body));
  const form = (last: string): string =>
    `${Array.from({ length: 40_000 }, (_, i) => `field${i}=some+words+${i}`).join("&")}&z=${last}`;

  it.each<[string, (last: string) => InspectedRequest]>([
    ["JSON", (last) => json(rows(last))],
    ["XML", (last) => plain("application/xml", xml(last.replaceAll("<", "&lt;")))],
    [
      "a form",
      (last) => plain("application/x-www-form-urlencoded", form(encodeURIComponent(last))),
    ],
    ["multipart", (last) => multipart("text", text + last)],
    ["base64", (last) => plain("text/plain", packed(last))],
    ["base64 in JSON", (last) => json({ file: packed(last) })],
  ])("is read to its end: %s", (_, bodyOf) => {
    const harmless = bodyOf("harmless");
    expect(harmless.body.length).toBeGreaterThan(1_000_000);
    expect(inspect(harmless)).toEqual([]);
    expect(inspect(bodyOf(attack))).not.toEqual([]);
  });
});

describe("any input", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          "'",
          '"',
          "<",
          ">",
          "${",
          "}",
          "{{",
          "}}",
          "%",
          "%2",
          "%u00",
          "\\u",
          "&#",
          "&lt",
          "/*",
          "*/",
          "--",
          "#",
          ";",
          "|",
          "(",
          ")",
          "select ",
          "union ",
          " or ",
          "1=1",
          "../",
          "\u0000",
          "é",
          "\ud800",
          "\\x4",
          "=",
          "&",
          "+",
          "+ADw-",
          "\n",
          "script",
          " on",
          "jndi:",
          "[",
          "]",
          "{",
          ",",
          ":",
          "`",
          "$(",
          "0x",
          "e0",
          "@@",
          "data:;base64,",
          "eyJ",
          ".",
        ),
        { maxLength: 24 },
      )
      .map((parts) => parts.join("")),
  );
  const latin1 = (value: string): string => Buffer.from(value, "utf8").toString("latin1");

  const times = timesOf(100_000);
  it(`never throws, ${times} times`, () => {
    const places = Object.values(PLACEMENTS);
    let turn = 0;
    const inspectSomewhere = (value: string): void => {
      turn += 1;
      const path = latin1(`/${value}?${value}=${value}`);
      const body = Buffer.from(value, "utf8");
      const types = [
        "application/json",
        "text/xml",
        "multipart/form-data; boundary=b",
        "",
        "text/plain",
        value,
      ];
      const contentType = latin1(types[turn % types.length] ?? "");
      const headers = [
        ["content-type", contentType],
        ["cookie", latin1(value)],
        ["content-encoding", latin1(value)],
      ] as const;
      inspect({ method: "POST", path, headers, body, complete: turn % 2 === 0 });
      if (turn % 10 === 0 && Buffer.from(value).toString() === value)
        inspect(places[turn % places.length]!(value));
    };
    fc.assert(fc.property(text, inspectSomewhere), { numRuns: times, seed: 3 });
  }, 120_000);

  it("of bytes never throws under any content encoding or type", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const encoding = fc.constantFrom("", "gzip", "deflate", "br", "gzip, br", "x");
    fc.assert(
      fc.property(bytes, encoding, (body, name) => {
        inspect(request("/", [["content-encoding", name]], body));
        inspect(multipart("f", body, "a.bin", "application/octet-stream"));
      }),
      { numRuns: 5000, seed: 4 },
    );
  });
});

describe("each rule", () => {
  it("has a name of its own, a type and words for what it looks for", () => {
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
    for (const { name, looksFor } of RULES) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(looksFor).toMatch(/^[\p{L}].{4,}[^.]$/u);
    }
  });
});
