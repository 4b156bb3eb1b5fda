/** What did the policy ask and report? Reads docs/node-protocol.md with a decoder of its own and refuses what departs from it. */
import { decode } from "@msgpack/msgpack";
import type { Headers } from "../http1-reader.ts";

export interface Message {
  readonly type: "request" | "response" | "part" | "probe";
  /** 32 hex digits. */
  readonly id: string;
  readonly part: number;
  readonly last: boolean;
  readonly mode?: string;
  readonly time?: bigint;
  readonly clientIp?: string;
  readonly scheme?: string;
  /** What the client wrote, where it is not `scheme`. */
  readonly rawScheme?: string;
  readonly protocol?: string;
  readonly method?: string;
  readonly rawMethod?: string;
  /** Of host, path and header values: one char a byte. */
  readonly host?: string;
  readonly path?: string;
  readonly status?: number;
  readonly duration?: number;
  readonly headers: Headers;
  readonly trailers?: Headers;
  readonly body?: Buffer;
  readonly bodySize?: number;
  readonly truncated: boolean;
  /** The stream ended before it. */
  readonly aborted: boolean;
  readonly api?: Readonly<Record<string, string>>;
}

const PROBE_KEYS = "type id part last mode time client_ip scheme protocol method host path headers";
const REQUEST_KEYS =
  "type id part last mode time client_ip scheme raw_scheme protocol method raw_method host path headers";
const MAY_BE_MISSING = ["", "raw_scheme", "raw_method"];
const RESPONSE_KEYS = "type id time status duration headers";
/** Of a response that was reported while it went on: its end. */
const RESPONSE_END_KEYS = "type id part";
const TAIL_KEYS = ["trailers", "body", "body_size", "truncated", "last", "aborted", "api"];
/** The client's own bytes, where `scheme` and `method` can't have them. */
const RAW_KEYS: Readonly<Record<string, string>> = { scheme: "raw_scheme", method: "raw_method" };
const PART_KEYS = ["id", "part", "last", "mode", ...TAIL_KEYS.filter((key) => key !== "last")];

type Raw = Record<string, unknown>;

export function decodeMessages(bytes: Uint8Array): Message[] {
  const all = decode(bytes, { useBigInt64: true });
  if (!Array.isArray(all)) throw new Error("the body of a call is not an array");
  return all.map((each) => messageOf(each as Raw));
}

function messageOf(raw: Raw): Message {
  const type = (raw.type ?? "part") as Message["type"];
  checkKeys(type, Object.keys(raw));
  const text = (key: string): string | undefined => optional(raw, key, "string");
  const bytes = (key: string): string | undefined => binary(raw, key)?.toString("latin1");
  const id = binary(raw, "id");
  if (id?.length !== 16) throw new Error("id is not 16 bytes");
  return {
    type,
    id: id.toString("hex"),
    part: integer(raw, "part") ?? 0,
    last: optional<boolean>(raw, "last", "boolean") ?? type === "response",
    mode: text("mode"),
    time: optional<bigint>(raw, "time", "bigint"),
    clientIp: text("client_ip"),
    scheme: text("scheme"),
    rawScheme: bytes("raw_scheme"),
    protocol: text("protocol"),
    method: text("method"),
    rawMethod: bytes("raw_method"),
    host: bytes("host"),
    path: bytes("path"),
    status: integer(raw, "status"),
    duration: integer(raw, "duration"),
    headers: pairs(raw.headers) ?? [],
    trailers: pairs(raw.trailers),
    body: binary(raw, "body"),
    bodySize: integer(raw, "body_size"),
    truncated: optional<boolean>(raw, "truncated", "boolean") ?? false,
    aborted: optional<boolean>(raw, "aborted", "boolean") ?? false,
    api: raw.api as Message["api"],
  };
}

/** Keys come in the order of the contract; those that may be left out are at the end. */
function checkKeys(type: Message["type"], keys: readonly string[]): void {
  const fixed = {
    request: REQUEST_KEYS,
    response: keys.includes("part") ? RESPONSE_END_KEYS : RESPONSE_KEYS,
    probe: PROBE_KEYS,
    part: "id part last mode",
  }[type];
  const order = type === "part" ? PART_KEYS : [...new Set([...withRawKeys(fixed), ...TAIL_KEYS])];
  const unknown = keys.find((key) => !order.includes(key));
  if (unknown !== undefined) throw new Error(`a ${type} has no key ${unknown}`);
  const expected = order.filter((key) => keys.includes(key));
  if (expected.join() !== keys.join()) throw new Error(`keys in another order: ${keys.join()}`);
  const missing = fixed
    .split(" ")
    .find((key) => !MAY_BE_MISSING.includes(key) && !keys.includes(key));
  if (missing !== undefined) throw new Error(`a ${type} without ${missing}`);
}

const withRawKeys = (fixed: string): string[] =>
  fixed.split(" ").flatMap((key) => (RAW_KEYS[key] === undefined ? [key] : [key, RAW_KEYS[key]]));

function optional<T = string>(raw: Raw, key: string, type: string): T | undefined {
  const value = raw[key];
  if (value === undefined) return undefined;
  if (typeof value !== type) throw new Error(`${key} is ${typeof value}, not ${type}`);
  return value as T;
}

function integer(raw: Raw, key: string): number | undefined {
  const value = raw[key];
  if (value === undefined) return undefined;
  if (typeof value !== "number" && typeof value !== "bigint")
    throw new Error(`${key} is no integer`);
  return Number(value);
}

function binary(raw: Raw, key: string): Buffer | undefined {
  const value = raw[key];
  if (value === undefined) return undefined;
  if (!(value instanceof Uint8Array)) throw new Error(`${key} is ${typeof value}, not bin`);
  return Buffer.from(value);
}

function pairs(value: unknown): Headers | undefined {
  if (value === undefined) return undefined;
  return (value as [string, Uint8Array][]).map(([name, bytes]) => {
    if (!(bytes instanceof Uint8Array)) throw new Error(`value of ${name} is not bin`);
    return [name, Buffer.from(bytes).toString("latin1")];
  });
}
