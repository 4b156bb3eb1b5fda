/** Is the client's address found in what proxies and strangers write, and a node's URL told from rubbish? */
import { isIPv4, isIPv6 } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { pairs, type Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const is = (name: "isIpv4" | "isIpv6", text: string): boolean => sdk.number(name, text) === 1;
/** Texts that are addresses, or nearly. */
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  fc
    .array(
      fc.constantFrom("0", "1", "12", "255", "256", "01", ".", ":", "::", "ffff", "DB8", "g"),
      {
        maxLength: 17,
      },
    )
    .map((parts) => parts.join("")),
  fc
    .tuple(fc.ipV6(), fc.constantFrom("%", "%1", "%eth0", "%a.b-c", "%<b>", "%\u0000", "%e%f"))
    .map((parts) => parts.join("")),
  fc.tuple(fc.ipV4(), fc.constantFrom(" ", "\n", ".", "\u0000", "é")).map((all) => all.join("")),
  fc.string({ unit: "binary", maxLength: 50 }),
);

describe("isIpv4 and isIpv6", () => {
  it("say what node:net says, but for zones", () => {
    fc.assert(
      fc.property(address, (text) => {
        expect([text, is("isIpv4", text), is("isIpv6", text)]).toEqual([
          text,
          isIPv4(text),
          isIPv6(text) && !text.includes("%"),
        ]);
      }),
      { numRuns: 10_000, seed: 20261122 },
    );
  });

  it("take no text that is only long", () => {
    expect(is("isIpv4", "1.".repeat(30_000))).toBe(false);
    expect(is("isIpv6", "1:".repeat(30_000))).toBe(false);
    expect(is("isIpv6", `fe80::1%eth0`)).toBe(false);
  });
});

describe("the client's address", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["  1.2.3.4\t", "1.2.3.4"],
    ["1.2.3.4:80", "1.2.3.4"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%25]:80", "fe80::1"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["for=1.2.3.4", "1.2.3.4"],
    ["For=1.2.3.4;proto=https;by=9.9.9.9", "1.2.3.4"],
    ["proto=https; by=9.9.9.9; FOR=1.2.3.4", "1.2.3.4"],
    ['for="[2001:db8::1]:80";proto=http', "2001:db8::1"],
    ["1.2.3.4;proto=http", "1.2.3.4"],
    [" ; for=1.2.3.4", "1.2.3.4"],
    ['for="1.2.3.4:80"', "1.2.3.4"],
    ['"1.2.3.4"', "1.2.3.4"],
  ])("in %j is %s", (element, found) => {
    expect(sdk.text("addressOf", element)).toBe(found);
  });

  it.each([
    ...[
      "",
      " ",
      ",",
      ", 1.2.3.4",
      "1.2.3.4,",
      "unknown",
      "_hidden",
      "for=",
      "for=unknown",
      'for="_x"',
    ],
    ...["1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4 5"],
    ...["[2001:db8::1", "2001:db8::1]", "[2001:db8::1]x", "[2001:db8::1]:x", "[]", "[", '"', '""'],
    ...["2001:db8::1::2", ":::", "1:2:3:4:5:6:7:8:9", "fe80::1%", "fe80::1%<script>", "\u0000"],
    ...["by=1.2.3.4", "localhost", "1.2.3.4\r\nx: y", "１.2.3.4", "-1.2.3.4", "0x1.2.3.4"],
    ...["[1.2.3.4", "[fe80::1%]", `fe80::1%${"z".repeat(100)}`, "fe80::1%e:80", "1.2.3.4%e"],
  ])("is not found in %j", (element) => {
    expect(sdk.text("addressOf", element)).toBeNull();
  });

  it("is an address whatever the header holds, and nothing traps", () => {
    const piece = fc.oneof(
      address,
      fc.constantFrom("for=", ";", ",", '"', "[", "]", ":80", " ", "proto=http"),
    );
    const header = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(header, (text) => {
        const found = sdk.text("addressOf", text);
        return found === null || isIPv4(found) || (isIPv6(found) && !found.includes("%"));
      }),
      { numRuns: 10_000, seed: 20261122 },
    );
  });

  it.each([
    ["1.2.3.4:80", "1.2.3.4"],
    ["[::1]:80", "::1"],
    ["::1", "::1"],
    ["1.2.3.4", "1.2.3.4"],
    ["", ""],
    ["203.0.113.7:0", "203.0.113.7"],
    ["fe80::1%2", "fe80::1"],
    ["unix:///tmp/x", ""],
    ["/run/gateway.sock", ""],
    ["@abstract", ""],
    ["1.2.3.4:80/x", ""],
    ["\u0000", ""],
  ])("of a connection, %j, is %j", (source, found) => {
    expect(sdk.text("connectionAddress", Buffer.from(source))).toBe(found);
  });

  it.each([
    ["203.0.113.7:0", true],
    ["[2001:db8::7]:0", true],
    ["203.0.113.7:10", false],
    ["203.0.113.7:80", false],
    ["203.0.113.7", false],
    ["2001:db8::0", false],
    ["/run/gateway.sock", false],
    ["", false],
  ])("of a connection, %j, is taken from a header: %j", (source, isTaken) => {
    expect(sdk.number("isTakenFromHeader", Buffer.from(source)) === 1).toBe(isTaken);
  });
});

/** `values` of one header each, between others. */
const asHeaders = (values: readonly string[]): Uint8Array =>
  pairs(
    ...values.flatMap(
      (value) =>
        [
          ["x-other", "9.9.9.9"],
          ["x-real", value],
        ] as const,
    ),
  );

describe("the client's address where the first one counts", () => {
  const found = (...values: string[]): string => sdk.text("clientIpOf", asHeaders(values), 0)!;

  it.each([
    [["1.2.3.4, 5.6.7.8"], "1.2.3.4"],
    [["  1.2.3.4\t,5.6.7.8"], "1.2.3.4"],
    [["unknown, 203.0.113.7"], "203.0.113.7"],
    [[", 203.0.113.7"], "203.0.113.7"],
    [["for=unknown, for=203.0.113.7"], "203.0.113.7"],
    [['for="_x";proto=http, proto=https;for="[2001:db8::7]:80", for=5.6.7.8'], "2001:db8::7"],
    [["", "203.0.113.7"], "203.0.113.7"],
    [[" , ,", "unknown", "203.0.113.7, 10.0.0.1"], "203.0.113.7"],
    [["1.2.3.256, 01.2.3.4, 1.2.3, [::1, 203.0.113.7:80"], "203.0.113.7"],
    [["x; for=203.0.113.7"], "203.0.113.7"],
    [["unknown, [2001:db8::7%eth0]:443"], "2001:db8::7"],
    [[",".repeat(1000) + "203.0.113.7"], "203.0.113.7"],
  ])("in %j is %s", (values, address) => {
    expect(found(...values)).toBe(address);
  });

  it.each([
    [[]],
    [[""]],
    [["unknown", "", "_hidden"]],
    [[",".repeat(55_000)]],
    [[";".repeat(55_000)]],
    [["1,".repeat(30_000)]],
    // The elements that are looked at end before it.
    [[`${",".repeat(55_000)}6.6.6.6`]],
    [Array.from({ length: 500 }, () => "unknown, unknown, unknown")],
  ])("is not taken from %j", (values) => {
    expect(found(...values)).toBe("");
  });

  it("is never a piece of a longer element, wherever the look at a list ends", () => {
    for (const before of [8150, 8184, 8186, 8188, 8190, 8191, 8192, 8193]) {
      const address = found(`${"x".repeat(before - 1)},203.0.113.77`);
      expect(["", "203.0.113.77"], String(before)).toContain(address);
    }
  });

  it("is the first element that is one, whatever stands before and behind it", () => {
    const junk = fc.constantFrom("", " ", "unknown", "for=_x", '"', "1.2.3", "::1::", "a=b;c=d");
    const list = fc.array(junk, { maxLength: 8 });
    const sizes = fc.array(fc.nat(3), { maxLength: 3 });
    fc.assert(
      fc.property(list, fc.ipV4(), list, sizes, (before, real, behind, cuts) => {
        const elements = [...before, real, ...behind];
        const values = cuts.map((cut) => elements.splice(0, cut).join(", "));
        expect(found(...values, elements.join(","))).toBe(real);
      }),
      { numRuns: 3000, seed: 20261122 },
    );
  });
});

describe("the host of a request", () => {
  const host = (...values: string[]): string =>
    sdk.text(
      "hostOf",
      pairs([":authority", "own.example, x"], ...values.map((value) => ["x-real", value] as const)),
    )!;

  it.each([
    [["shop.example"], "shop.example"],
    [["shop.example, proxy.example"], "shop.example"],
    [[" \tshop.example:8443 \t, x"], "shop.example:8443"],
    [[",, ,shop.example"], "shop.example"],
    [["", "shop.example"], "shop.example"],
    [[" ", ",", "shop.example", "x"], "shop.example"],
    [["[2001:db8::1]:80,x"], "[2001:db8::1]:80"],
    [["shop.example,"], "shop.example"],
  ])("named by %j is %s", (values, found) => {
    expect(host(...values)).toBe(found);
  });

  it.each([[[]], [[""]], [[" ", ","]], [[",".repeat(55_000)]], [[`${",".repeat(55_000)}x`]]])(
    "is what the client asked for, as it is, where none is named: %j",
    (values) => {
      expect(host(...values)).toBe("own.example, x");
    },
  );
});

describe("the client's address behind trusted proxies", () => {
  const found = (hops: number, ...values: string[]): string =>
    sdk.text("clientIpOf", asHeaders(values), hops)!;

  it.each([
    [1, ["1.1.1.1, 2.2.2.2, 3.3.3.3"], "3.3.3.3"],
    [2, ["1.1.1.1, 2.2.2.2, 3.3.3.3"], "2.2.2.2"],
    [3, ["1.1.1.1, 2.2.2.2, 3.3.3.3"], "1.1.1.1"],
    [1, ["1.1.1.1"], "1.1.1.1"],
    // One list, in whatever headers it stands.
    [1, ["1.1.1.1", "2.2.2.2"], "2.2.2.2"],
    [2, ["1.1.1.1", "2.2.2.2"], "1.1.1.1"],
    [3, ["1.1.1.1, 2.2.2.2", "3.3.3.3", "4.4.4.4"], "2.2.2.2"],
    [4, ["1.1.1.1, 2.2.2.2", "3.3.3.3", "4.4.4.4"], "1.1.1.1"],
    // What is empty is no hop.
    [2, ["1.1.1.1,,2.2.2.2, ,"], "1.1.1.1"],
    [1, ["1.1.1.1", "", " , "], "1.1.1.1"],
    // Ports, IPv6, RFC 7239.
    [1, ["x, 2.2.2.2:8080"], "2.2.2.2"],
    [1, ["x, [2001:db8::1]:443"], "2001:db8::1"],
    [2, ["x, 2001:db8::1, 3.3.3.3"], "2001:db8::1"],
    [1, ['for=1.1.1.1, for="[2001:db8::1]:80";proto=http'], "2001:db8::1"],
    // Quotes and commas that a client has sent move nothing.
    [1, ['for="1.1.1.1, for=2.2.2.2'], "2.2.2.2"],
    [2, ['",",",1.1.1.1", 2.2.2.2, 3.3.3.3'], "2.2.2.2"],
    [100, [Array.from({ length: 120 }, (_, i) => `10.0.0.${i}`).join()], "10.0.0.20"],
  ])("with %i of them in %j is %s", (hops, values, address) => {
    expect(found(hops, ...values)).toBe(address);
  });

  it.each([
    [2, ["1.1.1.1"]],
    [1, [""]],
    [1, []],
    [4, ["1.1.1.1, 2.2.2.2", "3.3.3.3"]],
    [1, ["1.1.1.1, unknown"]],
    [2, ["1.1.1.1, <script>, 3.3.3.3"]],
    [100, ["1.1.1.1"]],
    [1, [",".repeat(50_000)]],
    [1, ["6.6.6.6" + ",".repeat(50_000)]],
    [1, [`${"6".repeat(60_000)}6.6.6.6`]],
  ])("with %i of them is not taken from %j", (hops, values) => {
    // That of the connection, which this host does not tell.
    expect(found(hops, ...values)).toBe("");
  });

  it("is the one that the outermost of them saw, whatever the client puts before it", () => {
    const forged = fc.array(fc.oneof(address, fc.constantFrom(",", '"', ";", "for=", " ")), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        forged,
        fc.ipV4(),
        fc.array(fc.ipV4(), { maxLength: 3 }),
        (pieces, real, rest) => {
          const list = [pieces.join(""), real, ...rest].join(", ");
          expect(found(rest.length + 1, list)).toBe(real);
        },
      ),
      { numRuns: 3000, seed: 20261122 },
    );
  });
});

describe("the URL of a node", () => {
  it.each([
    ["http://node", "http node "],
    ["https://node.example.com:5050", "https node.example.com:5050 "],
    ["HTTPS://Node.Example", "https Node.Example "],
    ["http://10.0.0.1:5050/prefix", "http 10.0.0.1:5050 /prefix"],
    ["http://10.0.0.1/a/b//", "http 10.0.0.1 /a/b"],
    ["http://a/", "http a "],
    [`http://a/${"/".repeat(50_000)}`, "http a "],
    ["http://[2001:db8::1]:65535/x", "http [2001:db8::1]:65535 /x"],
    ["http://[::1]", "http [::1] "],
    ["http://my_node-1.local:1/~a.b_c-d%20;x=(y)", "http my_node-1.local:1 /~a.b_c-d%20;x=(y)"],
    [`http://${"a".repeat(253)}`, `http ${"a".repeat(253)} `],
  ])("%j is read", (url, parts) => {
    expect(sdk.text("nodeUrl", url)).toBe(parts);
  });

  it.each([
    ...["", "node", "node:5050", "//node", "://node", "ftp://node", "http:/node", "http:node"],
    ...["http://", "http:///x", "http://:80", "http://a:", "http://a:0", "http://a:65536"],
    ...["http://a:x", "http://a:-1", "http://a:1:2", "http://a b", "http://a/b c", "http://a?x=1"],
    ...["http://a/?x", "http://a#b", "http://a/#b", "http://u@a", "http://u:p@a:80", "http://é"],
    ...["http://[::1", "http://[]", "http://[:]", "http://[::1]x", "http://[::1]:", "http://[x y]"],
    ...["http://[abc]", "http://[1.2.3.4]", "http://[fe80::1%25eth0]", "http://[::1]]"],
    ...["http://a\r\nx: y", "http://a/\r\nx: y", "http://a\u0000", " http://a", "http://a "],
    ...["http://a\\b", 'http://a/"', "http://a/<b>", `http://${"a".repeat(254)}`],
    ...["http://a:9999999999", "http://a:00000000080"],
  ])("%j is refused", (url) => {
    expect(sdk.text("nodeUrl", url)).toBeNull();
  });

  it("that is taken is one to a URL parser too, with the same parts", () => {
    const piece = fc.constantFrom(
      ...["http://", "https://", "a", "node.example", "[::1]", ":", ":80", ":5050"],
      ...["/", "p", "?", "#", "@", " ", "%", "\\", "\n", "é", ".."],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const url = pieces.join("");
        const parts = sdk.text("nodeUrl", url);
        if (parts === null) return;
        const [scheme, authority] = parts.split(" ");
        expect(`${scheme}:`).toBe(new URL(url).protocol);
        // The parser leaves a scheme's own port out.
        if (/[a-z\]]$/.test(authority!)) expect(authority).toBe(new URL(url).host);
        expect(new URL(url).username + new URL(url).search + new URL(url).hash).toBe("");
      }),
      { numRuns: 5_000, seed: 20261122 },
    );
  });
});
