/** Is a call that the contract does not allow refused with the right status, reason and counter, whatever is wrong with it? */
import { encode } from "@msgpack/msgpack";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  bin,
  call,
  callBytes,
  errorOf,
  requestMessage,
  responseMessage,
} from "./connector-client.ts";
import { counter } from "./counters.ts";

let node: MockNode;
beforeAll(async () => {
  node = await createMockNode({ mock: { limits: { part_wait: "20ms" } } });
});
beforeEach(() => node.journal.clear());
afterAll(() => node.close());

describe("a malformed call", () => {
  const valid = requestMessage();
  const without = (key: string): unknown => {
    const { [key]: _, ...rest } = requestMessage();
    return [rest];
  };
  const withField = (over: Record<string, unknown>): unknown => [requestMessage(over)];

  it.each<[string, unknown, string, RegExp]>([
    ["a map instead of an array", valid, "MsgpackDataFormat", /^the body must be an array of 1 to/],
    ["an empty array", [], "MsgpackDataFormat", /not array of 0$/],
    ["a message that is no map", [7], "MsgpackDataFormat", /^messages\[0\] must be a map, not 7$/],
    [
      "an unknown type",
      withField({ type: "event" }),
      "MsgDataFormat",
      /^messages\[0\]\.type must be "request" or "response" or "probe", not "event"$/,
    ],
    [
      "an id that is text",
      withField({ id: "0123456789abcdef" }),
      "MsgDataFormat",
      /^messages\[0\]\.id must be bin of 16 bytes, not "0123456789abcdef"$/,
    ],
    ["a short id", withField({ id: new Uint8Array(15) }), "MsgDataFormat", /not bin of 15 bytes$/],
    [
      "a request with part 1",
      withField({ part: 1 }),
      "MsgDataFormat",
      /\.part must be int from 0 to 0, not 1$/,
    ],
    ["a negative size", withField({ body_size: -1 }), "MsgDataFormat", /\.body_size must be int/],
    ["a time that is no integer", withField({ time: 1.5 }), "MsgDataFormat", /\.time must be int/],
    ["a time past 2^53", withField({ time: 2n ** 60n }), "MsgDataFormat", /\.time must be int/],
    [
      "an unknown mode",
      withField({ mode: "later" }),
      "MsgDataFormat",
      /\.mode must be "sync" or "async", not "later"$/,
    ],
    [
      "a scheme that is no string",
      withField({ scheme: null }),
      "MsgDataFormat",
      /\.scheme must be "http" or "https", not nil$/,
    ],
    [
      "a host that is a string",
      withField({ host: "a" }),
      "MsgDataFormat",
      /\.host must be bin, not "a"$/,
    ],
    [
      "headers that are a map",
      withField({ headers: { a: 1 } }),
      "MsgDataFormat",
      /\.headers must be array/,
    ],
    [
      "a header of three",
      withField({ headers: [["a", bin("b"), 1]] }),
      "MsgDataFormat",
      /\.headers\[0\] must be array of 2, not array of 3$/,
    ],
    [
      "a header name that is bin",
      withField({ headers: [[bin("a"), bin("b")]] }),
      "MsgDataFormat",
      /\.headers\[0\]\[0\] must be str/,
    ],
    [
      "a header value that is a string",
      withField({
        headers: [
          ["ok", bin("")],
          ["a", "b"],
        ],
      }),
      "MsgDataFormat",
      /\.headers\[1\]\[1\] must be bin, not "b"$/,
    ],
    [
      "a body that is a string",
      withField({ body: "abc" }),
      "MsgDataFormat",
      /\.body must be bin, not "abc"$/,
    ],
    [
      "more body than body_size",
      withField({ body: bin("abc"), body_size: 2 }),
      "MsgDataFormat",
      /\.body_size is 2, but 3 bytes were sent$/,
    ],
    [
      "less body than body_size, not truncated",
      withField({ body: bin("abc"), body_size: 4 }),
      "MsgDataFormat",
      /\.body_size is 4, but 3 bytes were sent and truncated is false$/,
    ],
    [
      "trailers before the last part",
      withField({ last: false, trailers: [] }),
      "MsgDataFormat",
      /\.trailers may only come with the last part$/,
    ],
    [
      "an api without a version",
      withField({ api: { id: "1", name: "n" } }),
      "MsgDataFormat",
      /\.api\.version must be str, not absent$/,
    ],
    ["an api that is a list", withField({ api: [] }), "MsgDataFormat", /\.api must be map/],
    [
      "a response with status 1000",
      [responseMessage({ status: 1000 })],
      "MsgDataFormat",
      /\.status must be int from 0 to 999, not 1000$/,
    ],
    [
      "a method that is no token",
      withField({ method: "GET /" }),
      "MsgDataFormat",
      /\.method must be a token of RFC 9110, not "GET \/"$/,
    ],
    [
      "a raw scheme that is a string",
      withField({ raw_scheme: "ftp" }),
      "MsgDataFormat",
      /\.raw_scheme must be bin, not "ftp"$/,
    ],
    [
      "a mode of a later part that is neither",
      [{ id: new Uint8Array(16), part: 1, last: true, mode: "" }],
      "MsgDataFormat",
      /\.mode must be "sync" or "async", not ""$/,
    ],
    ...Object.keys(valid)
      .filter((key) => !["type", "part"].includes(key))
      .map((key): [string, unknown, string, RegExp] => [
        `no ${key}`,
        without(key),
        "MsgDataFormat",
        new RegExp(`^messages\\[0\\]\\.${key} must be .*not absent$`),
      ]),
  ])("with %s is refused with 400", async (_, value, type, reason) => {
    const before = await counter(node, "http_connector_server_errors_total", { type });
    const answer = await callBytes(node.url, encode(value, { useBigInt64: true }));
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-wallarm-node")).toBeTruthy();
    expect(errorOf(answer)).toMatch(reason);
    expect(await counter(node, "http_connector_server_errors_total", { type })).toBe(before + 1);
  });

  it.each<[string, string, string, RegExp]>([
    ["no body", "", "NilBody", /^the call has no body$/],
    ["half a message", "9182a4", "MsgpackDecode", /is cut off after 3 bytes$/],
    ["bytes after its end", "9100ff", "MsgpackDecode", /has 1 bytes after its end at byte 2$/],
    ["the byte that is never used", "91c1", "MsgpackDecode", /unused byte 0xc1 at byte 1$/],
    [
      "an array of four thousand millions",
      "ddffffffff",
      "MsgpackDecode",
      /is cut off after 5 bytes$/,
    ],
    ["a map of four thousand millions", "dfffffffff", "MsgpackDecode", /is cut off/],
    ["a string longer than the call", "91dbffffffff41", "MsgpackDecode", /is cut off/],
    ["nesting of 17", `${"91".repeat(17)}c0`, "MsgpackDecode", /is nested deeper than 16$/],
    ["nesting of 100,000", "91".repeat(100_000), "MsgpackDecode", /is nested deeper than 16$/],
    [
      "a million values",
      `dd000f4240${"c0".repeat(1_000_000)}`,
      "MsgpackDecode",
      /holds more than 200000 values$/,
    ],
  ])("of %s is refused with 400", async (_, bytes, type, reason) => {
    const before = await counter(node, "http_connector_server_errors_total", { type });
    const answer = await callBytes(node.url, new Uint8Array(Buffer.from(bytes, "hex")));
    expect([answer.status, errorOf(answer)]).toEqual([400, expect.stringMatching(reason)]);
    expect(await counter(node, "http_connector_server_errors_total", { type })).toBe(before + 1);
  });

  it("leaves the node able to judge", async () => {
    expect((await call(node.url, requestMessage())).status).toBe(200);
  });
});
