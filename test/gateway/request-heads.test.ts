/** What does a filter see of a request's head, and which requests are refused? Each row was compared with Envoy 1.40. */
import { describe, expect, test } from "vitest";
import { takeRequest, type RawRequest } from "../../host-sim/src/gateway/request-intake.ts";

function raw(method: string, url: string, rawHeaders: string[], httpVersion = "1.1"): RawRequest {
  return { method, url, httpVersion, rawHeaders, tls: false };
}

function accepted(request: RawRequest): { fields: string[]; endStream: boolean; tunnel: boolean } {
  const taken = takeRequest(request);
  if ("status" in taken) throw new Error(`refused with ${taken.status}`);
  const fields = taken.headers.entries.map(([name, value]) => `${name}=${value}`);
  return { fields, endStream: taken.endStream, tunnel: taken.tunnel };
}

const many = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => [`x-${i}`, "1"]).flat();

describe("the head that filters see", () => {
  test("has pseudo headers first, then the client's in order", () => {
    const { fields } = accepted(raw("GET", "/a?b=%2e", ["X-A", "1", "Host", "h", "x-a", "2"]));
    const pseudo = [":authority=h", ":path=/a?b=%2e", ":method=GET", ":scheme=http"];
    expect(fields).toEqual([...pseudo, "x-a=1", "x-a=2"]);
  });

  test("loses hop-by-hop fields, those that Connection names, and what steers Envoy", () => {
    const hop = ["Connection", "keep-alive, x-foo", "Keep-Alive", "3", "Proxy-Connection", "x"];
    const steering = ["X-Envoy-Retry-On", "5xx", "x-envoy-upstream-rq-timeout-ms", "5"];
    const request = raw("GET", "/", [
      "Host",
      "h",
      ...hop,
      "X-Foo",
      "1",
      "TE",
      "trailers, gzip",
      ...steering,
    ]);
    expect(accepted(request).fields.slice(4)).toEqual(["te=trailers"]);
  });

  test.each([
    [
      "https in x-forwarded-proto",
      "/",
      ["host", "h", "x-forwarded-proto", "https"],
      ":scheme=https",
    ],
    [
      "rubbish in x-forwarded-proto",
      "/",
      ["host", "h", "x-forwarded-proto", "foo"],
      ":scheme=http",
    ],
    ["two hosts", "/", ["host", "a", "host", "b"], ":authority=a,b"],
    ["an absolute URL", "http://other:80/p?q", ["host", "h"], ":authority=other:80"],
    ["an absolute URL without path", "http://other", ["host", "h"], ":path=/"],
    ["an absolute URL with a password", "http://me:pw@other/", ["host", "h"], ":authority=other"],
    ["an empty host", "/", ["host", ""], ":authority="],
  ])("takes %s as Envoy does", (_title, url, headers, expected) => {
    expect(accepted(raw("GET", url, headers)).fields).toContain(expected);
  });

  test.each([
    ["no framing field", [], true],
    ["content-length 0", ["content-length", "0"], true],
    ["a content-length", ["content-length", "3"], false],
    ["chunks", ["transfer-encoding", "Chunked"], false],
  ])("ends the stream with %s: %s", (_title, framing, expected) => {
    expect(accepted(raw("POST", "/", ["host", "h", ...framing])).endStream).toBe(expected);
  });

  test("keeps an upgrade to websocket as a tunnel, and drops an offer of h2c", () => {
    const ws = accepted(
      raw("GET", "/", ["host", "h", "Connection", "Upgrade", "Upgrade", "websocket"]),
    );
    expect(ws.tunnel).toBe(true);
    expect(ws.fields).toContain("upgrade=websocket");
    const offer = [
      "Connection",
      "Upgrade, HTTP2-Settings",
      "Upgrade",
      "h2c",
      "HTTP2-Settings",
      "AAA",
    ];
    const h2c = accepted(raw("GET", "/", ["host", "h", ...offer]));
    expect(h2c).toMatchObject({ tunnel: false, endStream: true });
    expect(h2c.fields.slice(4)).toEqual([]);
  });

  test("of CONNECT has the target as authority, and no path", () => {
    const connect = accepted(raw("CONNECT", "host:443", ["host", "h"]));
    expect(connect.fields.slice(0, 2)).toEqual([":authority=host:443", ":method=CONNECT"]);
    expect(connect.tunnel).toBe(true);
  });
});

describe("a request that Envoy answers by itself", () => {
  test.each([
    ["HTTP/1.0", raw("GET", "/", ["host", "h"], "1.0"), 426, true],
    ["101 fields", raw("GET", "/", ["host", "h", ...many(100)]), 431, true],
    [
      "another coding than chunked",
      raw("POST", "/", ["host", "h", "transfer-encoding", "gzip, chunked"]),
      501,
      true,
    ],
    [
      "a length and chunks",
      raw("POST", "/", ["host", "h", "content-length", "3", "transfer-encoding", "chunked"]),
      400,
      true,
    ],
    ["a path beyond ASCII", raw("GET", "/\xff", ["host", "h"]), 400, true],
    ["a path without slash", raw("GET", "foo", ["host", "h"]), 400, true],
    ["no host", raw("GET", "/", []), 400, false],
    ["a fragment", raw("GET", "/a#b", ["host", "h"]), 400, false],
    ["a path that is only a query", raw("GET", "http://other?q", ["host", "h"]), 404, false],
    ["a server that is asked about itself", raw("OPTIONS", "*", ["host", "h"]), 404, false],
    ["another method that is for nothing", raw("GET", "*", ["host", "h"]), 400, true],
    ["https without TLS", raw("GET", "https://other/", ["host", "h"]), 403, false],
    ["a method of node's", raw("QUERY", "/", ["host", "h"]), 400, true],
    [
      "Connection that names a forwarded address",
      raw("GET", "/", ["host", "h", "connection", "X-Forwarded-For"]),
      400,
      false,
    ],
    [
      "ten names in Connection",
      raw("GET", "/", ["host", "h", "connection", "a,b,c,d,e,f,g,h,i,j"]),
      400,
      false,
    ],
    [
      "an unknown upgrade",
      raw("GET", "/", ["host", "h", "connection", "upgrade", "upgrade", "foo"]),
      403,
      false,
    ],
  ])("is one with %s", (_title, request, status, withBody) => {
    expect(takeRequest(request)).toEqual({ status, withBody });
  });

  test("is not one with exactly 100 fields", () => {
    expect(takeRequest(raw("GET", "/", ["host", "h", ...many(99)]))).toHaveProperty("headers");
  });
});
