/** Is what the node reads in the contract's domain, whatever a client sends and a host says? A node refuses anything else. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decode } from "@msgpack/msgpack";
import fc from "fast-check";
import { pairs, type Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { fromJson, readGoldens } from "../mock-node/golden.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});
beforeEach(() => sdk.host.reset());

type Pairs = readonly (readonly [name: string, value: string])[];

interface Told {
  readonly scheme: string;
  readonly raw_scheme?: Uint8Array;
  readonly method: string;
  readonly raw_method?: Uint8Array;
  readonly protocol: string;
  readonly client_ip: string;
  readonly headers: readonly (readonly [string, Uint8Array])[];
}

/** What the host says of the connection. */
type Properties = Readonly<Record<string, string>>;
const TLS: Properties = { "connection\0tls_version": "TLSv1.3" };

const latin1 = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString("latin1");

function bytesOf(
  headers: Pairs,
  properties: Properties = {},
  id: Uint8Array = new Uint8Array(16),
  time = 0n,
): Uint8Array {
  sdk.host.answer("proxy_get_property", (path) => {
    const value = properties[String(path)];
    return value === undefined ? { status: 1 } : { results: [value] };
  });
  sdk.number("setPart", 0, true, 0n, false);
  sdk.number("setApi", "", "", "");
  const args = [id, "sync", time, pairs(...headers), ":authority", "x-ip"] as const;
  return Buffer.from(sdk.bytes("requestMessage", ...args)!, "latin1");
}

const told = (headers: Pairs, properties?: Properties): Told =>
  decode(bytesOf(headers, properties), { useBigInt64: true }) as Told;

const asked = (): unknown[] =>
  sdk.host.calls.filter(([name]) => name === "proxy_get_property").map(([, path]) => String(path));

describe("the scheme", () => {
  const of = (scheme: string, properties?: Properties): (string | undefined)[] => {
    const { scheme: sent, raw_scheme: raw } = told([[":scheme", scheme]], properties);
    return [sent, latin1(raw)];
  };

  it.each(["http", "https"])(
    "is %s as it came, and nothing is asked of the host for it",
    (scheme) => {
      for (const properties of [{}, TLS])
        expect(of(scheme, properties)).toEqual([scheme, undefined]);
      expect(asked()).not.toContain("connection\0tls_version");
    },
  );

  it.each(["HTTP", "HTTPS", "Http", "hTTpS"])(
    "%s is sent in lower case, whatever the connection",
    (scheme) => {
      for (const properties of [{}, TLS]) {
        expect(of(scheme, properties)).toEqual([scheme.toLowerCase(), scheme]);
      }
    },
  );

  it.each(["ftp", "wss", "h", "", " http", "http ", "httpss", "http\x00", "\xe9", "H\x54TP:"])(
    "%j is sent as that of the connection, beside itself",
    (scheme) => {
      expect(of(scheme)).toEqual(["http", scheme]);
      expect(of(scheme, TLS)).toEqual(["https", scheme]);
    },
  );

  it("is that of the connection where there is none, and then there is nothing beside it", () => {
    expect(told([])).toMatchObject({ scheme: "http" });
    expect(told([], TLS)).toMatchObject({ scheme: "https" });
    expect("raw_scheme" in told([])).toBe(false);
  });
});

describe("the method", () => {
  const of = (method: string): (string | undefined)[] => {
    const { method: sent, raw_method: raw } = told([[":method", method]]);
    return [sent, latin1(raw)];
  };

  it.each(["GET", "get", "M-SEARCH", "!#$%&'*+-.^_`|~09AZaz", "", "M".repeat(70_000)])(
    "%j is sent as it came",
    (method) => expect(of(method)).toEqual([method, undefined]),
  );

  it.each([
    ["GE T", "GE_T"],
    ["GET\x00", "GET_"],
    ["\xe9\xff", "__"],
    ['"(),/:;<=>?@[\\]{}', "_________________"],
    ["\x7f\x80", "__"],
    [" ", "_"],
    [`${"M".repeat(300)}\t`, `${"M".repeat(300)}_`],
  ])("%j is sent as a token, beside itself", (method, token) => {
    expect(of(method)).toEqual([token, method]);
  });
});

describe("the protocol", () => {
  it.each(["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"])(
    "%s is sent as the host says",
    (protocol) => {
      expect(told([], { "request\0protocol": protocol }).protocol).toBe(protocol);
    },
  );

  it.each(["", "HTTP/0.9", "HTTP/2.0", "http/1.1", "h2", "HTTP/1.1 ", "\xff", "HTTP/10"])(
    "%j is not sent",
    (protocol) => expect(told([], { "request\0protocol": protocol }).protocol).toBe(""),
  );

  it("is empty where the host knows none", () => {
    expect(told([]).protocol).toBe("");
  });
});

describe("the client's address", () => {
  it.each([
    ["127.0.0.1:4711", "127.0.0.1"],
    ["[2001:db8::7]:4711", "2001:db8::7"],
    ["/run/gateway.sock", ""],
    ["@hidden", ""],
    ["", ""],
    ["\xff", ""],
    ["localhost:80", ""],
  ])("of a connection from %j is %j", (source, address) => {
    expect(told([], { "source\0address": source }).client_ip).toBe(address);
  });
});

describe("the name of a header", () => {
  it.each([
    ["x-a", "x-a"],
    ["x-\xff", "x-_"],
    ["\x01\x1f\x7f\x80", "____"],
    ["a b~", "a b~"],
    ["", ""],
    [`${"x".repeat(40)}\xe9`, `${"x".repeat(40)}_`],
    ["\xe9".repeat(300), "_".repeat(300)],
  ])("%j is sent as %j", (name, sent) => {
    const { headers } = told([
      ["accept", "*/*"],
      [name, "\xff\x00"],
      ["te", ""],
    ]);
    expect(headers.map(([one, value]) => [one, latin1(value)])).toEqual([
      ["accept", "*/*"],
      [sent, "\xff\x00"],
      ["te", ""],
    ]);
  });
});

it("any head is a message of the contract", () => {
  const any = fc.string({ unit: "binary-ascii", maxLength: 20 });
  const bytes = fc.uint8Array({ maxLength: 20 }).map((all) => Buffer.from(all).toString("latin1"));
  const odd = fc.oneof(any, bytes, fc.constantFrom("http", "HTTPS", "GET", "HTTP/2", "1.2.3.4:1"));
  fc.assert(
    fc.property(
      odd,
      odd,
      odd,
      odd,
      odd,
      fc.boolean(),
      (scheme, method, protocol, ip, name, tls) => {
        const headers: Pairs = [
          [":scheme", scheme],
          [":method", method],
          ["x-ip", ip],
          [name.replaceAll("\0", "").replace(/^:/, ""), ip],
        ];
        const properties = {
          "request\0protocol": protocol,
          "source\0address": name,
          ...(tls && TLS),
        };
        const message = told(headers, properties);
        expect(["http", "https"]).toContain(message.scheme);
        expect(message.method).toMatch(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/);
        expect(["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3", ""]).toContain(message.protocol);
        expect(message.client_ip).toMatch(/^[0-9A-Fa-f.:]*$/);
        expect(latin1(message.raw_scheme) ?? message.scheme).toBe(scheme);
        expect(latin1(message.raw_method) ?? message.method).toBe(method);
        for (const [one] of message.headers) expect(one).toMatch(/^[\x20-\x7e]*$/);
      },
    ),
    { numRuns: 3000, seed: 20261122 },
  );
});

it("odd names of headers give the golden bytes of what they are sent as", () => {
  const { message, hex } = readGoldens().find(({ file }) => file === "request-odd-names.json")!;
  const { time, id } = fromJson(message) as { time: bigint; id: Uint8Array };
  const properties: Properties = {
    "request\0protocol": "HTTP/1.1",
    "source\0address": "203.0.113.7:40000",
  };
  const headers: Pairs = [
    [":authority", "shop.example"],
    [":path", "/"],
    [":method", "GET"],
    [":scheme", "http"],
    ["x-\xe9", "1"],
    ["\x01\x1f\x7f\x80\xa0\xfe\xff", ""],
    ["x name~", "2"],
    ["x-a-very-long-name-of-a-header-that-ends-in\t", "3"],
  ];
  expect(Buffer.from(bytesOf(headers, properties, id, time)).toString("hex")).toBe(hex);
});
