/**
 * Does a processor hear from the policy what it hears from Envoy's own filter, and do client and API see the same? What differs,
 * and why: docs/nodes.md.
 */
import { test } from "vitest";
import type { RequestOptions } from "../support/client.ts";
import { carryOn } from "../support/ext-proc/processor.ts";
import { pattern } from "../support/pattern.ts";
import type { Answer } from "../support/upstream.ts";
import { describeBoth } from "./support/both.ts";
import { mutating, set } from "./support/mutations.ts";

const POST = { method: "POST", body: "a=1&b=2" } as const;
const TRAILERS = { ...POST, chunked: true, trailers: [["x-sum", "7"]] } as const;
const ODD: RequestOptions["headers"] = [
  ["x-twice", "1"],
  ["x-empty", ""],
  ["x-twice", "2"],
  ["x-bytes", "\u00ff\u00fe"],
];

const TRAFFIC: readonly (readonly [what: string, options: RequestOptions, api?: Answer])[] = [
  ["a GET", {}],
  ["a GET with odd headers", { headers: ODD }],
  ["a HEAD", { method: "HEAD" }],
  ["a POST", POST],
  ["a POST without a body", { method: "POST", headers: [["content-length", "0"]] }],
  ["chunks", { method: "POST", chunked: true, body: [Buffer.from("one"), Buffer.from("two")] }],
  ["chunks and trailers", TRAILERS],
  ["no chunk, but trailers", { ...TRAILERS, body: [] }],
  ["an upload of 300 KB", { method: "PUT", body: pattern(300_000) }],
  ["an answer of 204", {}, (response) => void response.writeHead(204).end()],
  ["an answer of 200 KB", {}, (response) => void response.end(pattern(200_000))],
];

const MUTATIONS: readonly (readonly [string, object])[] = [
  ["sets", { set_headers: [set("x-new", "1")] }],
  ["sets over", { set_headers: [set("x-twice", "3")] }],
  ["appends", { set_headers: [set("x-twice", "3", { append: { value: true } })] }],
  ["says append_action", { set_headers: [set("x-twice", "3", { append_action: 1 })] }],
  ["says value", { set_headers: [{ header: { key: "x-value", value: "v" } }] }],
  ["sets nothing", { set_headers: [set("x-none", "")] }],
  ["sets bytes", { set_headers: [set("x-bytes", "\u00e9")] }],
  ["sets X-Upper", { set_headers: [set("X-Upper", "v")] }],
  ["sets :path", { set_headers: [set(":path", "/changed")] }],
  [
    "removes and sets",
    { remove_headers: ["X-Twice", "x-none"], set_headers: [set("x-twice", "4")] },
  ],
  [
    "removes what routes",
    { remove_headers: ["host", ":path", ":method", "x-envoy-expected-rq-timeout-ms"] },
  ],
  ...["host", ":authority", ":method", ":scheme", "x-envoy-max-retries", "content-length"].map(
    (name) => [`sets ${name}`, { set_headers: [set(name, "7"), set("x-after", "1")] }] as const,
  ),
];

const IMMEDIATE: readonly (readonly [string, object])[] = [
  ["a status", { status: { code: 403 } }],
  ["nothing", {}],
  ["status 100", { status: { code: 100 } }],
  ["a body", { status: { code: 451 }, body: Buffer.from("no\u00ff", "latin1"), details: "a b" }],
  [
    "a redirect",
    {
      status: { code: 302 },
      headers: { set_headers: [set("location", "/x"), set(":status", "299"), set("host", "h")] },
    },
  ],
  [
    "its own type",
    {
      status: { code: 403 },
      body: Buffer.from("{}"),
      headers: { set_headers: [set("content-type", "application/json")] },
    },
  ],
  [
    "a status of gRPC",
    { status: { code: 403 }, grpc_status: { status: 7 }, body: Buffer.from("x") },
  ],
];

describeBoth("the policy is the same as Envoy's ext_proc filter", {}, (both) => {
  test.each(TRAFFIC.map(([what, options, api]) => ({ what, options, api })))(
    "for $what",
    ({ options, api }) => both.same(options, carryOn, api),
  );

  test.each(MUTATIONS)("when an answer to the request's head %s", (_, mutation) =>
    both.same({ headers: ODD }, mutating("request_headers", mutation)),
  );

  test.each(MUTATIONS.filter(([what]) => !/:path|content-length/.test(what)))(
    "when an answer to the response's head %s",
    (_, mutation) => {
      const api: Answer = (response) => {
        response.setHeader("x-twice", ["1", "2"]);
        response.end("hello");
      };
      return both.same({}, mutating("response_headers", mutation), api);
    },
  );

  test.each(["299", "abc", "100"])("when :status is set to %s", (status) =>
    both.same({}, mutating("response_headers", { set_headers: [set(":status", status)] })),
  );

  test("when trailers are changed", () =>
    both.same(TRAILERS, mutating("request_trailers", { set_headers: [set("x-more", "1")] })));

  test("when an answer to a body changes headers that are held", () =>
    both.same(POST, mutating("request_body", { set_headers: [set("x-more", "1")] })));

  test.each(IMMEDIATE)("when a request's head is answered at once, with %s", (_, answer) =>
    both.same({}, (_told, stream) => stream.reply({ immediate_response: answer })),
  );

  test("when a response's head is answered at once", () =>
    both.same({}, (told, stream) =>
      told.kind === "response_headers"
        ? stream.reply({ immediate_response: { status: { code: 451 }, body: Buffer.from("no") } })
        : carryOn(told, stream),
    ));

  test.each([
    ["no body and no response", { request_body_mode: 0, response_header_mode: 2 }],
    ["no response", { request_body_mode: 1, response_header_mode: 2 }],
    ["no response body", { request_body_mode: 1, response_body_mode: 0 }],
  ])("when the mode is overridden to %s", (_, mode_override) =>
    both.same(POST, (told, stream) => {
      if (told.kind === "request_headers") stream.reply({ request_headers: {}, mode_override });
      else carryOn(told, stream);
    }),
  );
});
