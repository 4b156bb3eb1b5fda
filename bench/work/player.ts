/** How does one whole request go by, callback by callback, with a node that answers at once? As Envoy does it. */
import { judge } from "../peers/connector-verdicts.ts";
import { process as processMessage } from "../peers/ext-proc-answers.ts";
import { serializedPairs } from "../../test/support/serialized-pairs.ts";
import { bodyOf, headersOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";
import { BufferType, CountingHost, MapType } from "./counting-host.ts";
import type { Call, Headers } from "./counting-host.ts";

/** `dead`: calls are answered by the gateway, 503 or gRPC status 14. */
export type NodeState = "alive" | "dead";

/** Envoy reads so much of a connection at a time. */
const CHUNK_BYTES = 16_384;
const UNAVAILABLE = 14;
/** Callbacks of the host between two ticks, in requests. */
const REQUESTS_A_TICK = 100;

export class Player {
  readonly #host: CountingHost;
  readonly #node: NodeState;
  readonly #isGrpc: boolean;
  readonly #request: Uint8Array;
  readonly #response: Uint8Array;
  readonly #requestBody: Uint8Array;
  readonly #responseBody: Uint8Array;
  #streams = 1;

  constructor(host: CountingHost, workload: Workload, node: NodeState, isGrpc: boolean) {
    this.#host = host;
    this.#node = node;
    this.#isGrpc = isGrpc;
    const size = workload.bodyBytes;
    this.#requestBody = size === 0 ? Buffer.alloc(0) : Buffer.from(bodyOf(workload));
    this.#responseBody = Buffer.alloc(size > 16_384 ? 16_384 : 27, "x");
    this.#request = serializedPairs(requestHeaders(workload));
    this.#response = serializedPairs(responseHeaders(this.#responseBody.length));
    host.properties.set("request.protocol", Buffer.from("HTTP/1.1"));
    host.properties.set("source.address", Buffer.from("127.0.0.1:40000"));
  }

  /** Plays `count` requests; throws where one does not go on. */
  play(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#playOne();
      if (i % REQUESTS_A_TICK === 0) this.#tick();
    }
    this.#tick();
  }

  /** Begins `count` requests that are held from then on: the node is asked about them, or their body goes on, and nobody answers. */
  hold(count: number): void {
    for (let i = 0; i < count; i++) this.#begin(++this.#streams, this.#requestBody.length > 0);
    this.#host.calls = [];
  }

  #tick(): void {
    this.#host.onRoot("proxy_on_tick");
    this.#answer();
  }

  #playOne(): void {
    const host = this.#host;
    const stream = ++this.#streams;
    const before = host.continued;
    const hasBody = this.#requestBody.length > 0;
    let status = this.#begin(stream, hasBody);
    this.#answer();
    if (hasBody) status = this.#chunks("proxy_on_request_body", stream, this.#requestBody);
    if (status !== 0 && host.continued === before) throw new Error("a request is not let go on");
    host.maps.set(MapType.Response, this.#response);
    host.call("proxy_on_response_headers", stream, 6, 0);
    this.#answer();
    this.#chunks("proxy_on_response_body", stream, this.#responseBody);
    host.call("proxy_on_done", stream);
    host.call("proxy_on_delete", stream);
    this.#answer();
  }

  #begin(stream: number, hasBody: boolean): number {
    this.#host.call("proxy_on_context_create", stream, 1);
    this.#host.maps.set(MapType.Request, this.#request);
    return this.#host.call("proxy_on_request_headers", stream, 16, hasBody ? 0 : 1);
  }

  #chunks(callback: string, stream: number, body: Uint8Array): number {
    const type = callback.includes("request") ? BufferType.RequestBody : BufferType.ResponseBody;
    let status = 0;
    for (let at = 0; at < body.length; at += CHUNK_BYTES) {
      const chunk = body.subarray(at, at + CHUNK_BYTES);
      this.#host.buffers.set(type, chunk);
      const isLast = at + CHUNK_BYTES >= body.length;
      status = this.#host.call(callback, stream, chunk.length, isLast ? 1 : 0);
      this.#answer();
    }
    return status;
  }

  /** Answers all calls made so far, and those made on the answers. */
  #answer(): void {
    this.#host.turn();
    while (this.#host.calls.length > 0) {
      const calls = this.#host.calls;
      this.#host.calls = [];
      for (const call of calls) {
        if (call.ends) this.#host.onRoot("proxy_on_grpc_close", call.token, 0);
        else if (this.#isGrpc && !call.isHttp) this.#answerMessage(call);
        else this.#answerCall(call);
        this.#host.turn();
      }
    }
  }

  #answerCall(call: Call): void {
    const body =
      this.#node === "dead"
        ? REFUSED
        : this.#isGrpc
          ? Buffer.alloc(0) // a probe of its health
          : judge(call.body).verdicts;
    const headers = this.#node === "alive" ? VERDICT_HEADERS : GATEWAY_HEADERS;
    this.#host.maps.set(MapType.CallResponse, headers);
    this.#host.buffers.set(BufferType.CallBody, body);
    this.#host.onRoot("proxy_on_http_call_response", call.token, 4, body.length, 0);
  }

  #answerMessage(call: Call): void {
    if (this.#node === "dead") {
      this.#host.onRoot("proxy_on_grpc_close", call.token, UNAVAILABLE);
      return;
    }
    const { answer } = processMessage(call.body);
    if (answer === undefined) return;
    // Without the head of a gRPC frame.
    this.#host.buffers.set(BufferType.GrpcMessage, answer.subarray(5));
    this.#host.onRoot("proxy_on_grpc_receive", call.token, answer.length - 5);
  }
}

const VERDICT_HEADERS = serializedPairs([
  [":status", "200"],
  ["x-wallarm-node", "0.0.0-bench"],
  ["content-type", "application/msgpack"],
  ["content-length", "42"],
  ["x-envoy-upstream-service-time", "0"],
]);
/** What Envoy says where nobody listens. */
const REFUSED = Buffer.from(
  "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
);
const GATEWAY_HEADERS = serializedPairs([
  [":status", "503"],
  ["content-length", `${REFUSED.length}`],
  ["content-type", "text/plain"],
]);

/** In Envoy's order, with what it adds. */
function requestHeaders(workload: Workload): Headers {
  const { method, path, bodyBytes } = workload;
  return [
    [":authority", "127.0.0.1:10000"],
    [":path", path],
    [":method", method],
    [":scheme", "http"],
    ...Object.entries(headersOf(workload)),
    ...(bodyBytes > 0 ? [["content-length", String(bodyBytes)] as const] : []),
    ["x-forwarded-proto", "http"],
    ["x-request-id", "6b1f7e8e-5c0e-4a2e-9b57-3a0f3c1f8a11"],
  ];
}

const responseHeaders = (size: number): Headers => [
  [":status", "200"],
  ["content-type", "application/json"],
  ["content-length", String(size)],
  ["x-envoy-upstream-service-time", "0"],
  ["date", "Sun, 22 Nov 2026 23:59:59 GMT"],
  ["server", "envoy"],
];
