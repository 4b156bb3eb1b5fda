/** Is a decoded map a message of the contract, and which? Unknown fields are ignored, known ones must be right. */
import {
  binaryField,
  binaryTextField,
  booleanField,
  choiceField,
  describe,
  idField,
  integerField,
  isWireMap,
  pairsField,
  stringField,
  wrongField,
  type FieldReader,
} from "./fields.ts";
import type {
  ApiInfo,
  Message,
  NameValue,
  PartMessage,
  ProbeMessage,
  RequestMessage,
  ResponseMessage,
} from "./messages.ts";

const MAX_PART = 0xffffffff;
const NO_BODY = new Uint8Array(0);

const modes = ["sync", "async"] as const;
/** RFC 9110, tchar. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/;

export function toMessage(reader: FieldReader): Message | ProbeMessage {
  if (!("type" in reader.map)) return toPart(reader); // docs: a message without type is a later part
  const type = choiceField(reader, "type", ["request", "response", "probe"] as const);
  if (type === "response") return toResponse(reader);
  return type === "request" ? toRequest(reader) : { ...toRequest(reader), type };
}

function toRequest(reader: FieldReader): RequestMessage {
  const request: RequestMessage = {
    type: "request",
    id: idField(reader),
    part: integerField(reader, "part", [0, 0]) as 0,
    last: booleanField(reader, "last"),
    mode: choiceField(reader, "mode", modes),
    time: integerField(reader, "time"),
    clientIp: stringField(reader, "client_ip"),
    scheme: choiceField(reader, "scheme", ["http", "https"] as const),
    rawScheme: optionalText(reader, "raw_scheme"),
    protocol: stringField(reader, "protocol"),
    method: methodOf(reader),
    rawMethod: optionalText(reader, "raw_method"),
    host: binaryTextField(reader, "host"),
    path: binaryTextField(reader, "path"),
    headers: pairsField(reader, "headers"),
    trailers: trailersOf(reader),
    body: bodyOf(reader),
    bodySize: integerField(reader, "body_size"),
    truncated: booleanField(reader, "truncated"),
    aborted: abortedOf(reader),
    api: apiOf(reader),
  };
  checkSizes(reader, request);
  if (request.trailers && !request.last) throw trailersTooEarly(reader);
  return request;
}

function toPart(reader: FieldReader): PartMessage {
  const part: PartMessage = {
    type: "part",
    id: idField(reader),
    part: integerField(reader, "part", [1, MAX_PART]),
    last: booleanField(reader, "last"),
    mode: "mode" in reader.map ? choiceField(reader, "mode", modes) : "async",
    trailers: trailersOf(reader),
    body: bodyOf(reader),
    bodySize: "body_size" in reader.map ? integerField(reader, "body_size") : undefined,
    truncated: "truncated" in reader.map ? booleanField(reader, "truncated") : false,
    aborted: abortedOf(reader),
  };
  if (part.trailers && !part.last) throw trailersTooEarly(reader);
  return part;
}

function toResponse(reader: FieldReader): ResponseMessage {
  if ("part" in reader.map) return toResponseEnd(reader);
  const response: ResponseMessage = {
    type: "response",
    id: idField(reader),
    part: 0,
    last: "last" in reader.map ? booleanField(reader, "last") : true,
    time: integerField(reader, "time"),
    status: integerField(reader, "status", [0, 999]),
    duration: integerField(reader, "duration"),
    headers: pairsField(reader, "headers"),
    trailers: trailersOf(reader),
    body: bodyOf(reader),
    bodySize: integerField(reader, "body_size"),
    truncated: booleanField(reader, "truncated"),
    aborted: abortedOf(reader),
  };
  checkSizes(reader, response);
  return response;
}

/** docs: a response with `part` is the end of one that was reported before. */
function toResponseEnd(reader: FieldReader): ResponseMessage {
  return {
    type: "response",
    id: idField(reader),
    part: integerField(reader, "part", [1, 1]) as 1,
    last: true,
    time: 0,
    status: undefined,
    duration: 0,
    headers: [],
    trailers: trailersOf(reader),
    body: NO_BODY,
    bodySize: integerField(reader, "body_size"),
    truncated: booleanField(reader, "truncated"),
    aborted: abortedOf(reader),
  };
}

function abortedOf(reader: FieldReader): boolean {
  return "aborted" in reader.map ? booleanField(reader, "aborted") : false;
}

function methodOf(reader: FieldReader): string {
  const method = stringField(reader, "method");
  if (TOKEN.test(method)) return method;
  throw wrongField(reader, "method", `must be a token of RFC 9110, not ${describe(method)}`);
}

function optionalText(reader: FieldReader, key: string): string | undefined {
  return key in reader.map ? binaryTextField(reader, key) : undefined;
}

function trailersOf(reader: FieldReader): readonly NameValue[] | undefined {
  return "trailers" in reader.map ? pairsField(reader, "trailers") : undefined;
}

function bodyOf(reader: FieldReader): Uint8Array {
  return "body" in reader.map ? binaryField(reader, "body") : NO_BODY;
}

function apiOf(reader: FieldReader): ApiInfo | undefined {
  if (!("api" in reader.map)) return undefined;
  const api = reader.map.api;
  if (!isWireMap(api)) throw wrongField(reader, "api", "must be map of id, name and version");
  const inner: FieldReader = { map: api, where: `${reader.where}.api` };
  return {
    id: stringField(inner, "id"),
    name: stringField(inner, "name"),
    version: stringField(inner, "version"),
  };
}

/** `body_size` counts the bytes seen: never fewer than are sent, and in the end no more unless truncated. */
function checkSizes(
  reader: FieldReader,
  message: { body: Uint8Array; bodySize: number; truncated: boolean; last?: boolean },
): void {
  const sent = message.body.length;
  if (message.bodySize < sent) {
    throw wrongField(reader, "body_size", `is ${message.bodySize}, but ${sent} bytes were sent`);
  }
  if (message.bodySize > sent && !message.truncated && message.last !== false) {
    const must = `is ${message.bodySize}, but ${sent} bytes were sent and truncated is false`;
    throw wrongField(reader, "body_size", must);
  }
}

function trailersTooEarly(reader: FieldReader): Error {
  return wrongField(reader, "trailers", "may only come with the last part");
}
