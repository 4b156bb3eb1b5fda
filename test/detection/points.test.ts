// Does the engine look everywhere, and say where it found what?

import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inspect, RULES } from "../../host-sim/src/mock-node/detection/index.ts";
import { json, multipart, request } from "./support/requests.ts";

const SCRIPT = "<script>alert(1)</script>";
const points = (...args: Parameters<typeof inspect>): string[] => [
  ...new Set(inspect(...args).map(({ point }) => point)),
];

describe("an attack is told with its address", () => {
  it("in nested JSON by the keys on the way", () => {
    expect(points(json({ user: { names: [{ last: SCRIPT }] } }))).toEqual(["json:user.names.last"]);
  });

  it("in a cookie by its name", () => {
    expect(
      points(request("/", [["cookie", "a=1; b=%3Cscript%3Ealert(1)%3C/script%3E"]])),
    ).toContain("cookie:b");
  });

  it("in a method and a scheme that are none", () => {
    expect(points({ ...request("/"), method: SCRIPT })).toEqual(["method"]);
    expect(points({ ...request("/"), scheme: SCRIPT })).toEqual(["scheme"]);
  });

  it("in a trailer", () => {
    expect(points({ ...request("/"), trailers: [["x-sum", SCRIPT]] })).toEqual(["trailer:x-sum"]);
  });

  it("in a file's name and in a web shell's content", () => {
    expect(points(multipart("doc", "x", "../../../etc/passwd"))).toContain(
      "multipart:doc file name",
    );
    const shell = "GIF89a;<?php system($_GET['c']); ?>";
    expect(points(multipart("doc", shell, "a.gif", "image/gif"))).toContain("multipart:doc");
  });

  it("in credentials of Basic authorization", () => {
    const packed = Buffer.from("admin' or '1'='1:x").toString("base64");
    expect(points(request("/", [["authorization", `Basic ${packed}`]]))).toContain(
      "header:authorization",
    );
  });

  it("in the claims of a JSON Web Token", () => {
    const claims = Buffer.from(JSON.stringify({ kid: "x' UNION SELECT 'key'--" })).toString(
      "base64url",
    );
    const found = points(
      request("/", [["authorization", `Bearer eyJhbGciOiJub25lIn0.${claims.replace(/^/, "")}.x`]]),
    );
    expect(found).toContain("header:authorization token json:kid");
  });

  it("in a query of a URL in a parameter", () => {
    const inner = encodeURIComponent("https://a.example/?x=1' or '1'='1");
    expect(points(request(`/?next=${inner}`))).toContain("query:next query:x");
  });

  it("in an XML entity's value", () => {
    const xml = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "../../../etc/passwd">]><a>&e;</a>';
    expect(points(request("/", [["content-type", "text/xml"]], xml))).toContain("xml:e");
  });
});

describe("the explanation", () => {
  it("is one sentence with the rule, the point and the decodings on the way", () => {
    const [attack] = inspect(request("/?id=%253Cscript%253Ealert(1)%253C/script%253E"));
    expect(attack).toMatchObject({ type: "xss", rule: "xss-script-element", point: "query:id" });
    expect(attack?.explanation).toBe(
      'xss-script-element found a script element in query:id, after decoding percent, then percent: "<script>alert(1)</script>".',
    );
  });

  it("stays short for a long value", () => {
    const [attack] = inspect(
      json({ a: `${"x".repeat(100_000)} ${SCRIPT} ${"y".repeat(100_000)}` }),
    );
    expect(attack?.value.length).toBeLessThanOrEqual(200);
    expect(attack?.value).toContain(SCRIPT);
    expect(attack?.match.length).toBeLessThanOrEqual(120);
  });
});

describe("bodies under an encoding", () => {
  const text = JSON.stringify({ a: "' OR '1'='1" });
  const body = (
    bytes: Uint8Array,
    ...headers: Array<[string, string]>
  ): ReturnType<typeof request> =>
    request("/", [["content-type", "application/json"], ...headers], bytes);

  it("are read through gzip, deflate with and without a header, and br", () => {
    const packed = {
      gzip: gzipSync(text),
      deflate: deflateSync(text),
      br: brotliCompressSync(text),
    };
    for (const [name, bytes] of Object.entries(packed)) {
      expect(points(body(bytes, ["content-encoding", name])), name).toEqual(["json:a"]);
    }
    expect(points(body(deflateRawSync(text), ["content-encoding", "deflate"]))).toEqual(["json:a"]);
  });

  it("are read through stacked encodings, and through gzip that no header tells of", () => {
    const stacked = gzipSync(brotliCompressSync(text));
    expect(points(body(stacked, ["content-encoding", "br, gzip"]))).toEqual(["json:a"]);
    expect(points(body(gzipSync(text)))).toEqual(["json:a"]);
  });

  it("are read as far as they go when cut", () => {
    const packed = gzipSync(`${text}${" ".repeat(50)}${Math.PI}`);
    const cut = {
      ...body(packed.subarray(0, packed.length - 12), ["content-encoding", "gzip"]),
      complete: false,
    };
    expect(points(cut)).toEqual(["json:a"]);
  });

  it("are read in UTF-16, with and without a byte order mark", () => {
    const little = Buffer.from(text, "utf16le");
    expect(points(body(little))).toEqual(["json:a"]);
    expect(points(body(Buffer.concat([Buffer.from([0xff, 0xfe]), little])))).toEqual(["json:a"]);
    expect(points(body(Buffer.from(little).swap16()))).toEqual(["json:a"]);
  });
});

describe("points whose values are base64 by configuration", () => {
  it("are decoded where the shape alone would not do", () => {
    const tiny = request("/?data=Jz0n");
    expect(inspect(tiny)).toEqual([]);
    expect(inspect(tiny, { base64Points: ["query:data"] }).map(({ type }) => type)).toContain(
      "sqli",
    );
  });
});

describe("an attack in a large body", () => {
  it("is found wherever a window of reading ends", () => {
    const at = Array.from({ length: 40 }, (_, i) => 16_384 - i);
    const missed = at.filter(
      (before) =>
        inspect(json({ a: `${"a".repeat(before)}<u onclick=x>${"b".repeat(3000)}` })).length === 0,
    );
    expect(missed).toEqual([]);
  });

  it.each([0, 1, 65_535, 262_144, 1_048_575, 3_000_000])(
    "is found after %i other bytes",
    (before) => {
      for (const attack of ["../../../../etc/passwd", "' OR '1'='1' --", SCRIPT]) {
        expect(
          inspect(json({ a: "a".repeat(before), b: attack, c: "z".repeat(5000) })),
        ).not.toEqual([]);
      }
      expect(inspect(json({ a: `${"a".repeat(before)} ${SCRIPT}` }))).not.toEqual([]);
    },
  );
});

describe("the page about detection", () => {
  it("names every rule with its type and what it looks for", () => {
    const page = readFileSync(new URL("../../docs/detection.md", import.meta.url), "utf8");
    const rows = RULES.map(({ name, type, looksFor }) => `| \`${name}\` | ${type} | ${looksFor} |`);
    expect(rows.filter((row) => !page.replace(/ +\|/g, " |").includes(row))).toEqual([]);
  });
});
