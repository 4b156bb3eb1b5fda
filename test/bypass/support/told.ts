/**
 * What was the node told of each request, over either transport, and what did it say? It judges by one rule: whoever shows
 * it the needle, anywhere and split over any parts, is blocked.
 */
import type { Headers } from "../../support/http1-reader.ts";
import type { Told } from "../../support/ext-proc/codec.ts";
import type { ProcessorStream } from "../../support/ext-proc/processor.ts";
import type { Message } from "../../support/node/messages.ts";
import { block, pass } from "../../support/node/replies.ts";
import type { Scene } from "../../support/scene.ts";

export const NEEDLE = "attack-needle";

export interface ToldRequest {
  readonly key: unknown;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** Without pseudo headers. */
  readonly headers: Headers;
  /** Joined. */
  body: Buffer;
  /** So much of the body has the verdict "pass". */
  passed: number;
  trailers: Headers;
  last: boolean;
  /** The node was told that it was not told all. Over gRPC: that the end was never told. */
  truncated: boolean;
  bodySize: number;
  parts: number;
  /** Number of the part that was blocked. */
  blockedAt: number | undefined;
  readonly clientIp: string | undefined;
}

/** All that the node hears; made afresh for each case. */
export class Ears {
  readonly requests: ToldRequest[] = [];
  readonly faults: string[] = [];

  listen(scene: Scene): void {
    if (scene.options.extProc) {
      scene.processor.answerWith((told, stream) => this.#onTold(told, stream));
      return;
    }
    scene.node.answerWith((messages, call) => {
      if (call.fault !== undefined) this.faults.push(call.fault);
      const verdicts = messages.map((each) => this.#onMessage(each));
      return verdicts.includes("block") ? block(messages) : pass(messages);
    });
  }

  #onMessage(message: Message): "pass" | "block" {
    if (message.type === "response") return "pass";
    if (message.type === "request") this.requests.push(ofMessage(message));
    const request = this.#find(message.id);
    if (request === undefined) return "pass"; // of an earlier case, whose client has left
    if (request.parts !== message.part) this.faults.push(`part ${message.part} out of order`);
    request.body = Buffer.concat([request.body, message.body ?? Buffer.alloc(0)]);
    request.trailers = message.trailers ?? [];
    request.last = message.last;
    request.truncated = message.truncated;
    request.bodySize = message.bodySize ?? request.body.length;
    return judge(request);
  }

  #onTold(told: Told, stream: ProcessorStream): void {
    if (told.kind.startsWith("response_")) {
      if (!told.observability) stream.reply({ [told.kind]: {} });
      return;
    }
    if (told.kind === "request_headers") this.requests.push(ofHeaders(told, stream));
    const request = this.#find(stream);
    if (request === undefined) return; // of an earlier case, whose client has left
    request.body = Buffer.concat([request.body, told.body ?? Buffer.alloc(0)]);
    request.bodySize = request.body.length;
    if (told.kind === "request_trailers") request.trailers = fields(told.headers ?? []);
    request.last = told.endOfStream || told.kind === "request_trailers";
    request.truncated = !request.last;
    const verdict = judge(request);
    if (told.observability) return;
    const refusal = { immediate_response: { status: { code: 403 } } };
    stream.reply(verdict === "block" ? refusal : { [told.kind]: {} });
  }

  #find(key: unknown): ToldRequest | undefined {
    return this.requests.find((each) => each.key === key);
  }
}

function judge(request: ToldRequest): "pass" | "block" {
  const part = request.parts++;
  if (showsNeedle(request)) {
    request.blockedAt ??= part;
    return "block";
  }
  request.passed = request.body.length;
  return "pass";
}

function showsNeedle({ method, path, host, headers, trailers, body }: ToldRequest): boolean {
  const texts = [method, path, host, ...[...headers, ...trailers].flat()];
  return body.includes(NEEDLE) || texts.some((text) => text.includes(NEEDLE));
}

const nothingYet = () => ({
  body: Buffer.alloc(0),
  passed: 0,
  trailers: [],
  last: false,
  truncated: false,
  bodySize: 0,
  parts: 0,
  blockedAt: undefined,
});

const ofMessage = (message: Message): ToldRequest => ({
  ...nothingYet(),
  key: message.id,
  method: message.method ?? "",
  path: message.path ?? "",
  host: message.host ?? "",
  headers: message.headers,
  clientIp: message.clientIp,
});

function ofHeaders(told: Told, stream: ProcessorStream): ToldRequest {
  const all = fields(told.headers ?? []);
  const pseudo = (name: string): string => all.find(([each]) => each === name)?.[1] ?? "";
  return {
    ...nothingYet(),
    key: stream,
    method: pseudo(":method"),
    path: pseudo(":path"),
    host: pseudo(":authority"),
    headers: all.filter(([name]) => !name.startsWith(":")),
    clientIp: undefined,
  };
}

const fields = (lines: readonly string[]): Headers =>
  lines.map((line) => {
    const colon = line.indexOf(": ", 1);
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
