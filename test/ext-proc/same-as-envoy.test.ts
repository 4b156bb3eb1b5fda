/**
 * Does a processor hear from the policy what it hears from Envoy's own filter, and do client and API see the same? Two Envoys,
 * one with each, and a processor for each that answers alike. What differs, and why: docs/nodes.md.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { request } from "../support/client.ts";
import type { RequestOptions, Response } from "../support/client.ts";
import { clusterName } from "../support/cluster-name.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Told } from "../support/ext-proc/codec.ts";
import { carryOn, Processor } from "../support/ext-proc/processor.ts";
import type { AnswerMessage, ProcessorStream } from "../support/ext-proc/processor.ts";
import type { GatewayOptions, RunningGateway } from "../support/gateway-options.ts";
import { pattern } from "../support/pattern.ts";
import { POLICY_WASM } from "../support/scene.ts";
import type { Answer, SeenRequest } from "../support/upstream.ts";
import { Upstream } from "../support/upstream.ts";

const envoy = installedEnvoy();
const reason = envoy === undefined ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";
const NAME = "wallarm.default.4711";
const LIMIT = 1_000_000;

const native = {
  name: "ext_proc",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
    grpc_service: { envoy_grpc: { cluster_name: "processor" } },
    message_timeout: "5s",
    allow_mode_override: true,
    processing_mode: {
      request_body_mode: "STREAMED",
      response_body_mode: "STREAMED",
      request_trailer_mode: "SEND",
    },
    request_attributes: ["request.id", "request.time", "source.address"],
  },
};

class Side {
  processor!: Processor;
  upstream!: Upstream;
  gateway!: RunningGateway;

  async begin(isNative: boolean): Promise<void> {
    this.upstream = await Upstream.start();
    this.processor = await Processor.start();
    const { authority, url } = this.processor;
    const config = {
      wallarm_node: `h2://${authority}`,
      fallback_action: "block",
      node_timeout_ms: 5000,
      response_body_limit: LIMIT,
    };
    const policy = { wasm: POLICY_WASM, name: NAME, rootId: "main", vmId: "policy", config };
    const options: GatewayOptions = {
      filters: isNative ? [] : [{ ...policy, allowOnHeadersStopIteration: true }],
      ...(isNative && { nativeFilters: [native] }),
      upstream: { url: this.upstream.url },
      clusters: { [isNative ? "processor" : clusterName(NAME, authority)]: { url, http2: true } },
    };
    this.gateway = await envoyEngine(envoy!).start(options);
  }

  async play(path: string, options: RequestOptions, answer: AnswerMessage, api?: Answer) {
    this.processor.reset();
    this.upstream.reset();
    if (api !== undefined) this.upstream.answerWith(api);
    this.processor.answerWith(answer);
    const response = await request(this.gateway, { host: "api.example", ...options, path });
    const stream = await this.processor.stream(path);
    await eventually("the stream is over", () => stream.ended || stream.cancelled, 12_000);
    return { told: toldOf(stream), client: answerOf(response), api: seenOf(this.upstream.last) };
  }

  async end(): Promise<void> {
    await this.gateway.stop();
    this.processor.stop();
    await this.upstream.stop();
  }
}

/** Ids and times differ; so do ports, and where bodies are cut into messages. */
function toldOf(stream: ProcessorStream): unknown[] {
  const told: Told[] = [];
  for (const each of stream.told) {
    const last = told.at(-1);
    if (last?.kind === each.kind && last.body && each.body) {
      const body = Buffer.concat([last.body, each.body]);
      told[told.length - 1] = { ...last, body, endOfStream: each.endOfStream };
    } else told.push(each);
  }
  return told.map(({ headers, body, attributes, ...rest }) => ({
    ...rest,
    headers: headers?.map(steady),
    body: body?.toString("latin1"),
    attributes: attributes && steadyAttributes(attributes),
  }));
}

const steady = (line: string): string =>
  line.replace(/^(x-request-id|date|x-envoy-upstream-service-time): .*/, "$1: …");

function steadyAttributes(attributes: unknown): unknown {
  const all = attributes as Record<string, { fields: Record<string, { string_value: string }> }>;
  return Object.entries(all).map(([filter, { fields }]) => [
    filter,
    Object.entries(fields)
      .map(
        ([name, { string_value: text }]) =>
          `${name}=${text.replace(/[0-9a-f]/g, "0").replace(/0+/g, "0")}`,
      )
      .sort(),
  ]);
}

const answerOf = ({ status, headers, body }: Response): unknown => ({
  status,
  headers: headers
    .map(([name, value]) => steady(`${name}: ${value}`))
    .filter(notFraming)
    .sort(),
  body: body.toString("latin1"),
});

const seenOf = (seen: SeenRequest | undefined): unknown =>
  seen && {
    line: `${seen.method} ${seen.path}`,
    headers: seen.headers.map(([name, value]) => steady(`${name}: ${value}`)).filter(notFraming),
    hash: seen.hash,
    trailers: seen.trailers,
  };

/** Envoy's filter may change a body, so that it takes its length away; the policy never does. */
const notFraming = (line: string): boolean =>
  !/^(content-length|transfer-encoding|connection):/.test(line);

const set = (key: string, value: string, more: object = {}): object => ({
  header: { key, raw_value: Buffer.from(value, "latin1") },
  ...more,
});

const mutating =
  (kind: string, mutation: object): AnswerMessage =>
  (told, stream) => {
    const response = kind.endsWith("trailers")
      ? { header_mutation: mutation }
      : { response: { header_mutation: mutation } };
    if (told.kind === kind) stream.reply({ [kind]: response });
    else carryOn(told, stream);
  };

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

describe.skipIf(envoy === undefined)(
  `the policy is the same as Envoy's ext_proc filter${reason}`,
  () => {
    const [policy, filter] = [new Side(), new Side()];
    let paths = 0;
    beforeAll(async () => {
      await policy.begin(false);
      await filter.begin(true);
    });
    afterAll(async () => {
      await policy.end();
      await filter.end();
    });

    async function same(
      options: RequestOptions,
      answer: AnswerMessage,
      api?: Answer,
    ): Promise<void> {
      const path = `/p/${++paths}?q=%2e%2e`;
      const [ours, theirs] = await Promise.all([
        policy.play(path, options, answer, api),
        filter.play(path, options, answer, api),
      ]);
      expect(ours).toEqual(theirs);
    }

    test.each(TRAFFIC.map(([what, options, api]) => ({ what, options, api })))(
      "for $what",
      ({ options, api }) => same(options, carryOn, api),
    );

    test.each(MUTATIONS)("when an answer to the request's head %s", (_, mutation) =>
      same({ headers: ODD }, mutating("request_headers", mutation)),
    );

    test.each(MUTATIONS.filter(([what]) => !/:path|content-length/.test(what)))(
      "when an answer to the response's head %s",
      (_, mutation) => {
        const api: Answer = (response) => {
          response.setHeader("x-twice", ["1", "2"]);
          response.end("hello");
        };
        return same({}, mutating("response_headers", mutation), api);
      },
    );

    test.each(["299", "abc", "100"])("when :status is set to %s", (status) =>
      same({}, mutating("response_headers", { set_headers: [set(":status", status)] })),
    );

    test("when trailers are changed", () =>
      same(TRAILERS, mutating("request_trailers", { set_headers: [set("x-more", "1")] })));

    test("when an answer to a body changes headers that are held", () =>
      same(POST, mutating("request_body", { set_headers: [set("x-more", "1")] })));

    test.each(IMMEDIATE)("when a request's head is answered at once, with %s", (_, answer) =>
      same({}, (_told, stream) => stream.reply({ immediate_response: answer })),
    );

    test("when a response's head is answered at once", () =>
      same({}, (told, stream) =>
        told.kind === "response_headers"
          ? stream.reply({ immediate_response: { status: { code: 451 }, body: Buffer.from("no") } })
          : carryOn(told, stream),
      ));

    test.each([
      ["no body and no response", { request_body_mode: 0, response_header_mode: 2 }],
      ["no response", { request_body_mode: 1, response_header_mode: 2 }],
      ["no response body", { request_body_mode: 1, response_body_mode: 0 }],
    ])("when the mode is overridden to %s", (_, mode_override) =>
      same(POST, (told, stream) => {
        if (told.kind === "request_headers") stream.reply({ request_headers: {}, mode_override });
        else carryOn(told, stream);
      }),
    );
  },
);
