/** Does the mock node read and write the protocol as Google's protobuf does with Envoy's own descriptors? */
import { describe, expect, it } from "vitest";
import { attributesOf } from "../../host-sim/src/mock-node/external-processor/attributes.ts";
import {
  phases,
  processingRequest,
  processingResponse,
  type HeaderMap,
  type ProcessingRequest,
} from "../../host-sim/src/mock-node/external-processor/messages.ts";
import {
  blockReply,
  continueReply,
} from "../../host-sim/src/mock-node/external-processor/replies.ts";
import {
  pairsOf,
  requestMessage,
} from "../../host-sim/src/mock-node/external-processor/request-message.ts";
import { golden, readGoldens } from "./golden.ts";

type Json = Readonly<Record<string, unknown>>;

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const base64 = (bytes: Uint8Array | readonly []): string => Buffer.from(bytes).toString("base64");

/** What our decoder found, in protobuf's JSON form. */
function toJson(message: ProcessingRequest): Json {
  const phase = message.request!;
  const { headers, trailers, body, endOfStream } = message[phase] as {
    headers?: HeaderMap | null;
    trailers?: HeaderMap | null;
    body?: Uint8Array;
    endOfStream?: boolean;
  };
  const map = (of: HeaderMap): Json => ({
    headers: of.headers.map(({ key, rawValue }) => ({ key, raw_value: base64(rawValue ?? []) })),
  });
  return {
    [snake(phase)]: {
      ...(headers && { headers: map(headers) }),
      ...(trailers && { trailers: map(trailers) }),
      ...(body && body.length > 0 && { body: base64(body) }),
      ...(endOfStream && { end_of_stream: true }),
    },
    ...(message.observabilityMode && { observability_mode: true }),
  };
}

/** Protobuf leaves out what has its default. */
function withoutDefaults(message: Json): Json {
  const { attributes: _, protocol_config: __, ...rest } = message;
  return JSON.parse(
    JSON.stringify(rest, (_key, value: unknown) => (value === false ? undefined : value)),
  ) as Json;
}

describe("a golden request", () => {
  for (const { file, title, kind, message, bytes } of readGoldens()) {
    if (kind !== "ProcessingRequest") continue;
    it(`is decoded as it is: ${title} (${file})`, () => {
      expect(toJson(processingRequest.decode(bytes))).toEqual(withoutDefaults(message));
    });
  }

  it("has its attributes found, texts and numbers", () => {
    const found = attributesOf(processingRequest.decode(golden("request-headers-many-attributes")));
    expect(Object.fromEntries(found)).toEqual({
      "request.size": "5000000",
      "request.time": "2026-11-22T10:00:00Z",
      "source.port": "4711",
    });
  });

  it("has values that are no UTF-8 as one character a byte", () => {
    const { requestHeaders } = processingRequest.decode(golden("request-headers-odd-values"));
    expect(pairsOf(requestHeaders!.headers)).toContainEqual(["x-bytes", "\x80\x00\xff"]);
  });
});

describe("an answer of the mock node", () => {
  it("that blocks is encoded as the golden one", () => {
    const parts = { attributes: new Map(), observabilityMode: false, now: 0 };
    const { requestHeaders: head } = processingRequest.decode(golden("request-headers-get"));
    const id = "665f94779f7444b4ade9218e76341efb";
    const bytes = processingResponse.encode(
      blockReply(requestMessage({ ...parts, id, head }), 403),
    );
    expect(bytes.toString("hex")).toBe(golden("immediate-block-of-mock-node").toString("hex"));
  });

  it.each(phases)("to %s is encoded as the golden one", (phase) => {
    const bytes = processingResponse.encode(continueReply(phase));
    expect(bytes.toString("hex")).toBe(
      golden(`continue-${snake(phase).replace("_", "-")}`).toString("hex"),
    );
  });
});
