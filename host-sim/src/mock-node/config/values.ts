/** Which single values does the configuration know, and how are they written? */
import ipaddr from "ipaddr.js";
import { Allowed, type Parse } from "./section.ts";
import type { ListenAddress } from "./node-config.ts";

export const boolean: Parse<boolean> = (value) =>
  typeof value === "boolean" ? value : new Allowed("true or false");

export const text: Parse<string> = (value) =>
  typeof value === "string" && value !== "" ? value : new Allowed("a text that is not empty");

export function oneOf<T extends string>(choices: readonly T[]): Parse<T> {
  return (value) =>
    choices.includes(value as T) ? (value as T) : new Allowed(`one of ${choices.join(", ")}`);
}

/** Integers, also in quotes and with `_` between digits, as the vendor's documentation writes them. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Parse<number> {
  const allowed =
    max === Number.MAX_SAFE_INTEGER ? `an integer from ${min}` : `an integer from ${min} to ${max}`;
  return (value) => {
    const written = typeof value === "string" && /^-?\d[\d_]*$/.test(value);
    const number = written ? Number(value.replaceAll("_", "")) : value;
    const ok = typeof number === "number" && Number.isSafeInteger(number);
    return ok && number >= min && number <= max ? number : new Allowed(allowed);
  };
}

const unitMilliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Go's way: `5s`, `1m30s`, `500ms`; at least a millisecond. Returns milliseconds. */
export const duration: Parse<number> = (value) => {
  const allowed = new Allowed("a duration such as 500ms, 5s or 1m30s");
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return allowed;
  let sum = 0;
  for (const [, number, , unit] of value.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) {
    sum += Number(number) * (unitMilliseconds[unit ?? ""] ?? NaN);
  }
  return sum >= 1 && sum <= 2 ** 31 - 1 ? Math.round(sum) : allowed;
};

/**
 * `host:port`. Without a host it is loopback: the vendor's node would listen on every interface, a mock that answers
 * with what it has seen must not do so by accident.
 */
export const listenAddress: Parse<ListenAddress> = (value) => {
  const allowed = new Allowed(
    "HOST:PORT such as 127.0.0.1:5050, [::1]:5050 or :5050 (which is loopback), port 0 to 65535",
  );
  const match =
    typeof value === "string" ? /^(\[[^\]]+\]|[^:[\]\s]*):(\d{1,5})$/.exec(value) : null;
  if (match === null) return allowed;
  const [, host = "", port] = match;
  if (Number(port) > 65535) return allowed;
  return { host: host.replace(/^\[|\]$/g, "") || "127.0.0.1", port: Number(port) };
};

/** An address or a network in CIDR notation, IPv4 or IPv6. */
export const network: Parse<string> = (value) => {
  const ok = typeof value === "string" && (ipaddr.isValid(value) || ipaddr.isValidCIDR(value));
  // ipaddr.js reads "10" and "10.1" as addresses, which nobody who writes them means.
  const whole = ok && (value.includes(":") || /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(value));
  return whole ? value : new Allowed("an IP address or a network such as 10.0.0.0/8 or fd00::/8");
};

export const urlPath: Parse<string> = (value) =>
  typeof value === "string" && value.startsWith("/")
    ? value
    : new Allowed("a path that begins with /");

export const headerName: Parse<string> = (value) =>
  typeof value === "string" && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)
    ? value.toLowerCase()
    : new Allowed("the name of a header");

export function regularExpression(flags = ""): Parse<RegExp> {
  return (value) => {
    if (typeof value !== "string") return new Allowed("a regular expression");
    try {
      return new RegExp(value, flags);
    } catch (error) {
      return new Allowed(`a regular expression (${(error as Error).message})`);
    }
  };
}
