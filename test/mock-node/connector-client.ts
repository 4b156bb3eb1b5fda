/** How do tests speak to the mock node as a connector does? Messages are written here once more, by @msgpack/msgpack. */
import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { decode, encode } from "@msgpack/msgpack";

export type Wire = Record<string, unknown>;

export const bin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
export const newId = (): Uint8Array => new Uint8Array(randomBytes(16));
export const hex = (id: unknown): string => Buffer.from(id as Uint8Array).toString("hex");

/** A complete GET request; `over` replaces fields. */
export function requestMessage(over: Wire = {}): Wire {
  const body = over.body as Uint8Array | undefined;
  return {
    type: "request",
    id: newId(),
    part: 0,
    last: true,
    mode: "sync",
    time: 1795376400123456n,
    client_ip: "203.0.113.7",
    scheme: "http",
    protocol: "HTTP/1.1",
    method: "GET",
    host: bin("shop.example.com"),
    path: bin("/catalog"),
    headers: [["user-agent", bin("test")]],
    body_size: body?.length ?? 0,
    truncated: false,
    ...over,
  };
}

export function responseMessage(over: Wire = {}): Wire {
  return {
    type: "response",
    id: newId(),
    time: 1795376400200000n,
    status: 200,
    duration: 1000,
    headers: [],
    body_size: 0,
    truncated: false,
    ...over,
  };
}

/** A request whose path is an attack on every rule set. */
export const attackPath = bin("/files?name=../../../../etc/passwd");

export const callHeaders = {
  "content-type": "application/msgpack",
  "x-wallarm-connector": "flex",
  "x-wallarm-connector-version": "0.1.0",
};

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Decoded, where it is msgpack. */
  readonly value: unknown;
}

export async function callBytes(
  url: string,
  body: Uint8Array<ArrayBuffer> | undefined,
  headers: Record<string, string> = callHeaders,
  path = "/connector/v1/messages",
): Promise<CallAnswer> {
  const init = body === undefined ? {} : { body };
  const response = await fetch(url + path, { method: "POST", headers, ...init });
  const bytes = new Uint8Array(await response.arrayBuffer());
  let value: unknown;
  try {
    value = decode(bytes);
  } catch {
    value = undefined;
  }
  return { status: response.status, headers: response.headers, body: bytes, value };
}

export function call(url: string, ...messages: Wire[]): Promise<CallAnswer> {
  return callBytes(url, encode(messages, { useBigInt64: true }));
}

/** The one verdict of a call that waits. */
export async function verdict(url: string, message: Wire): Promise<Wire> {
  const { status, value } = await call(url, message);
  if (status !== 200)
    throw new Error(`status ${status}: ${String((value as Wire | undefined)?.error)}`);
  return (value as Wire[])[0]!;
}

/** `error` of a refused call. */
export function errorOf({ value }: CallAnswer): string {
  return String((value as Wire | undefined)?.error);
}

/** A call from another loopback address, which fetch can't make. */
export function callFrom(url: string, localAddress: string, message: Wire): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: callHeaders, localAddress };
    const request = httpRequest(`${url}/connector/v1/messages`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end(encode([message], { useBigInt64: true }));
  });
}
