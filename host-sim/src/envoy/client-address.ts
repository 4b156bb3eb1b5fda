/**
 * Whose address is `source.address`, and what may a client say about itself? (Envoy: ConnectionManagerUtility::mutateRequestHeaders;
 * compared in test/host-sim/client-address.test.ts)
 */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { HeaderMap } from "./header-map.ts";
import type { ConnectionInfo } from "./http.ts";

/** Fields of Envoy's connection manager; both are false by default. `xff_num_trusted_hops` is 0. */
export interface ClientAddressOptions {
  /** The client is whoever made the connection, not the last one in X-Forwarded-For. */
  readonly useRemoteAddress: boolean;
  /** Where the client is whoever made the connection: its address is not added to X-Forwarded-For. */
  readonly skipXffAppend: boolean;
}

/** Only for who counts as internal; nobody does by Envoy's default (internal_address_config). */
const internalOnly = [
  "x-envoy-retriable-status-codes",
  "x-envoy-retriable-header-names",
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-ip-tags",
  "x-envoy-original-url",
  "x-envoy-hedge-on-per-try-timeout",
];

/** Beyond them, what nobody at the edge may say. */
const neverFromClients = [
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-original-path",
  "x-envoy-original-host",
];

/** The address that attributes show: with a port, or the path of a unix socket. */
export function takeClientAddress(
  request: HeaderMap,
  { sourceAddress, tls }: ConnectionInfo,
  { useRemoteAddress, skipXffAppend }: ClientAddressOptions,
): string {
  const scheme = tls ? "https" : "http";
  for (const name of internalOnly) request.remove(name);
  if (!useRemoteAddress) {
    if (!request.has("x-forwarded-proto")) request.add("x-forwarded-proto", scheme);
    return lastForwarded(request) ?? sourceAddress;
  }
  for (const name of neverFromClients) request.remove(name);
  const ip = ipOf(sourceAddress);
  // A unix socket has none.
  if (ip !== undefined && !skipXffAppend) appendForwarded(request, ip);
  // What a client says of its scheme counts for nothing.
  for (const name of [":scheme", "x-forwarded-proto"]) request.set(name, scheme);
  if (ip !== undefined) request.set("x-envoy-external-address", ip);
  return sourceAddress;
}

/** The last element, if it is an address and nothing more; Envoy knows no port of it. */
function lastForwarded(request: HeaderMap): string | undefined {
  const last = request.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  const version = isIP(last);
  if (version === 0) return undefined;
  return version === 6 ? `[${last}]:0` : `${last}:0`;
}

/** A client on the same machine is given by an address that others can reach. */
export function appendForwarded(request: HeaderMap, ip: string): void {
  const shown = /^(127\.|::1$)/.test(ip) ? machineAddress(isIP(ip)) : ip;
  const before = request.get("x-forwarded-for") ?? "";
  request.set("x-forwarded-for", before === "" ? shown : `${before},${shown}`);
}

/** Of the first network interface that is not the machine's own, as Envoy looks for it. */
export function machineAddress(version: number): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = all.find(({ internal, family }) => !internal && family === `IPv${version}`);
  return found?.address ?? (version === 6 ? "::1" : "127.0.0.1");
}

function ipOf(address: string): string | undefined {
  const ip = address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIP(ip) === 0 ? undefined : ip;
}
