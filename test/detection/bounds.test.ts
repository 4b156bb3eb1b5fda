// Is the work bounded for any input?

import { brotliCompressSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect, RULES } from "../../host-sim/src/mock-node/detection/index.ts";
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

  it("stops at the limit of characters, points and attacks", () => {
    const many = json(
      Array.from({ length: 5000 }, (_, i) => ({ [`k${i}`]: "<script>alert(1)</script>" })),
    );
    expect(inspect(many).length).toBe(50);
    expect(inspect(many, { limits: { attacks: 3 } }).length).toBe(3);
    expect(
      inspect(json({ a: "x", b: "<script>alert(1)</script>" }), { limits: { points: 3 } }),
    ).toEqual([]);
    const late = json({ a: "x ".repeat(5000), b: "<script>alert(1)</script>" });
    expect(inspect(late, { limits: { scannedCharacters: 1000 } })).toEqual([]);
  });

  it("unfolds a bomb to the limit and no further, and still sees its begin", () => {
    const attack = `<script>alert(1)</script>${" ".repeat(40 * 1024 * 1024)}`;
    for (const [name, bytes] of [
      ["gzip", gzipSync(attack)],
      ["br", brotliCompressSync(attack)],
    ] as const) {
      const bomb = request(
        "/",
        [
          ["content-type", "text/plain"],
          ["content-encoding", name],
        ],
        bytes,
      );
      const before = process.memoryUsage.rss();
      expect(inspect(bomb, { limits: { inflatedBytes: 1024 * 1024 } })).not.toEqual([]);
      expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
    }
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

describe("what lies beyond the limit of unfolding", () => {
  it("is not read", () => {
    const packed = gzipSync(`${" ".repeat(2 * 1024 * 1024)}<script>alert(1)</script>`);
    const late = request(
      "/",
      [
        ["content-type", "text/plain"],
        ["content-encoding", "gzip"],
      ],
      packed,
    );
    expect(inspect(late)).not.toEqual([]);
    expect(inspect(late, { limits: { inflatedBytes: 1024 * 1024 } })).toEqual([]);
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

  it("never throws, a hundred thousand times", () => {
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
    fc.assert(fc.property(text, inspectSomewhere), { numRuns: 100_000, seed: 3 });
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
