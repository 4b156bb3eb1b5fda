/** What do the attributes of a stream say (`request_attributes` of Envoy's filter)? */
import type { ProcessingRequest } from "./messages.ts";

/** By Envoy's names, for example `source.address`. Only texts and numbers, which all that we read are. */
export type Attributes = ReadonlyMap<string, string>;

/** The outer key is the filter's name, of which we know nothing. */
export function attributesOf(message: ProcessingRequest): Attributes {
  const found = new Map<string, string>();
  for (const { fields } of Object.values(message.attributes)) {
    for (const [name, value] of Object.entries(fields)) {
      if (value.kind === "stringValue") found.set(name, value.stringValue);
      else if (value.kind === "numberValue") found.set(name, String(value.numberValue));
    }
  }
  return found;
}

/** `192.0.2.1:4711` or `[2001:db8::1]:4711`, without the port; empty where it is no such thing. */
export function addressWithoutPort(address: string): string {
  const match = /^\[([0-9a-f:.]+)(?:%[^\]]*)?\](?::\d+)?$|^([0-9.]+)(?::\d+)?$/i.exec(address);
  return match?.[1] ?? match?.[2] ?? "";
}

/** Microseconds since the epoch of `2026-11-22T10:00:00.123456+00:00`; undefined where it is no time. */
export function microseconds(time: string | undefined): number | undefined {
  const match = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time ?? "");
  const seconds = match ? Date.parse(`${match[1]}${match[3]}`) / 1000 : NaN;
  if (Number.isNaN(seconds)) return undefined;
  return seconds * 1e6 + Number((match?.[2] ?? "").padEnd(6, "0").slice(0, 6));
}

/** An id of 32 hex digits out of `request.id`, which Envoy makes as a UUID; undefined where it has another form. */
export function requestId(attribute: string | undefined): string | undefined {
  const digits = (attribute ?? "").replaceAll("-", "").toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) ? digits : undefined;
}
