/** What does a scenario tell an engine about the gateway that it wants? Nothing in here belongs to one engine. */

import type { RoutePolicies } from "../../host-sim/src/index.ts";

/** A proxy-wasm filter of the chain. */
export interface FilterOptions {
  /** Path of the module. */
  readonly wasm: string;
  /** As Flex names it: `policyName.policyNamespace.apiId`. */
  readonly name: string;
  readonly rootId: string;
  readonly vmId: string;
  /** Plugin configuration: text as it is, anything else as JSON. */
  readonly config: unknown;
  readonly vmConfig?: string;
  /** Whether the host holds headers while body callbacks go on. */
  readonly allowOnHeadersStopIteration?: boolean;
}

export interface ClusterOptions {
  /** `http://host:port` or `https://host:port` (any certificate is accepted). */
  readonly url: string;
  /** Further hosts of the same kind; they take turns. */
  readonly furtherUrls?: readonly string[];
  /** Speak TLS though the URL says http. */
  readonly tls?: boolean;
  readonly http2?: boolean;
  /** Requests at once, for HTTP/1 connections too; Envoy's own default is 1024. */
  readonly maxRequests?: number;
  /** The cluster exists and knows no host. */
  readonly empty?: boolean;
}

export interface GatewayOptions {
  readonly filters: readonly FilterOptions[];
  /** Filters of Envoy's own, as it is configured with them, in front of the others: for comparisons on Envoy alone. */
  readonly nativeFilters?: readonly Readonly<Record<string, unknown>>[];
  readonly upstream: ClusterOptions;
  readonly clusters: Readonly<Record<string, ClusterOptions>>;
  /** Whether the route sends a request again, or elsewhere too: fields of Envoy's RouteAction, as protobuf's JSON has them. */
  readonly route?: RoutePolicies;
  /** `per_connection_buffer_limit_bytes` of the listener; 1 MiB by default, as in Envoy. */
  readonly bufferLimit?: number;
  /** Where a client's address is taken from; by default it is the connection's, and X-Forwarded-For stays as it came. */
  readonly clientAddress?: ClientAddressOptions;
  /** How large a client's head may be; 100 fields and 60 KiB by default, as in Envoy. */
  readonly headLimits?: { readonly fields: number; readonly kilobytes: number };
  /** Threads that serve, each with a VM of its own; one by default. */
  readonly workers?: number;
  /** Window of an HTTP/2 stream towards the client. */
  readonly http2StreamWindow?: number;
  /** What the API is called by Flex: `filter_metadata.<apiId>.context` of the listener, a JSON text. */
  readonly listenerContext?: { readonly apiId: string; readonly context: unknown };
}

/** Fields of Envoy's connection manager. */
export interface ClientAddressOptions {
  readonly useRemoteAddress: boolean;
  readonly skipXffAppend: boolean;
}

export interface LogLine {
  readonly level: string;
  readonly text: string;
}

export interface RunningGateway {
  readonly host: string;
  readonly port: number;
  /** Everything that the filters have logged so far. */
  logs(): readonly LogLine[];
  /** All counters and gauges by their full names; a histogram tells its count. */
  stats(): Promise<Map<string, number>>;
  /** Sum of a filter's own metrics whose names contain `part`. */
  metric(part: string): Promise<number>;
  /** Requests of clients that are not yet answered to their end. */
  activeRequests(): Promise<number>;
  /**
   * Replaces filters of the listener under load. Resolves with `undefined` once the new ones serve, or with the reason why
   * the engine refused them (the old ones go on).
   */
  reconfigure(filters: readonly FilterOptions[]): Promise<string | undefined>;
  /** Resident memory of the gateway, in bytes. */
  residentBytes(): number;
  stop(): Promise<void>;
}

export interface Engine {
  readonly name: "envoy" | "host-sim";
  /** What it can't do, and why: printed where a test is left out for it. */
  readonly missing: Readonly<Partial<Record<Capability, string>>>;
  start(options: GatewayOptions): Promise<RunningGateway>;
}

/** Something that a test needs and not every engine has. */
export type Capability = "http2" | "own process" | "workers";

export const configText = (config: unknown): string =>
  typeof config === "string" ? config : JSON.stringify(config);
