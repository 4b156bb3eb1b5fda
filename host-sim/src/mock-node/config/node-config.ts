/** What does the node's configuration say, once read and checked? Durations are milliseconds. */

export const wallarmModes = ["off", "monitoring", "safe_blocking", "block"] as const;
export type WallarmMode = (typeof wallarmModes)[number];

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** How gateways talk to the node: by our own contract over HTTP, or by Envoy's external processing protocol over gRPC. */
export const serverModes = ["connector-server", "envoy-external-filter"] as const;
export type ServerMode = (typeof serverModes)[number];

/** Where the node listens, and for whom: the block `connector`, or `envoy_external_filter`, which takes the same keys. */
export interface ConnectorConfig {
  /** Name of the block, for people. */
  readonly key: "connector" | "envoy_external_filter";
  readonly address: ListenAddress;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly blocking: boolean;
  readonly allowedNetworks: readonly string[];
  /** Undefined: every host. */
  readonly allowedHosts: readonly string[] | undefined;
  readonly urlNormalize: boolean;
  readonly externalHealthCheck: { readonly enabled: boolean; readonly endpoint: string };
  readonly appReplyTimeout: number | undefined;
  readonly appReplyTimeoutCode: number;
  readonly perConnectionLimits: {
    readonly maxRequests: number | undefined;
    readonly maxReceivedBytes: number | undefined;
    readonly maxDuration: number | undefined;
  };
}

export interface ProxyHeadersRule {
  /** Undefined: every network is trusted. */
  readonly trustedNetworks: readonly string[] | undefined;
  /** Lower case. */
  readonly originalHost: readonly string[];
  readonly realIp: readonly string[];
}

/** One row of `route_config.routes`, with what it inherits from the routes around it. */
export interface RouteConfig {
  readonly host: string | undefined;
  readonly location: RouteLocation | undefined;
  readonly mode: WallarmMode;
  readonly application: number;
  /** For people: where the route stands, for example `route_config.routes[1]`. */
  readonly name: string;
}

export type RouteLocation =
  | { readonly kind: "exact" | "prefix" | "strong prefix"; readonly path: string }
  | { readonly kind: "regex"; readonly pattern: RegExp };

export interface InputFilter {
  readonly path: RegExp | undefined;
  /** Addresses and networks of clients; undefined: every client. */
  readonly ipAddresses: readonly string[] | undefined;
  readonly headers: ReadonlyArray<readonly [name: string, value: RegExp]>;
}

export const logLevels = ["debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogConfig {
  readonly pretty: boolean;
  readonly level: LogLevel;
  /** `stdout`, `stderr` or a path. */
  readonly file: string;
  readonly accessLog: {
    readonly enabled: boolean;
    readonly verbose: boolean;
    readonly file: string;
  };
}

/** Our own block `mock:`, which the vendor's node does not have. */
export interface MockConfig {
  /** Where the API and the Attacks page listen. */
  readonly address: ListenAddress;
  readonly graylist: readonly string[];
  readonly base64Points: readonly string[];
  readonly allowRequestFaults: boolean;
  /** Milliseconds that looking at one message may take. */
  readonly timeLimit: number;
  /** As in `PUT /api/faults`: checked by the faults' own reader. */
  readonly faults: unknown;
  readonly journal: {
    readonly messages: number;
    readonly attacks: number;
    readonly bytes: number;
    readonly bodyBytes: number;
  };
  readonly limits: {
    readonly callBytes: number;
    readonly openRequests: number;
    readonly joinedBytes: number;
    readonly heldBytes: number;
    readonly partAge: number;
    /** Milliseconds that a part waits for an earlier one. */
    readonly partWait: number;
    readonly callsAtOnce: number;
    /** Messages that wait for a worker, in each of the two lanes. */
    readonly waitingMessages: number;
  };
}

export interface NodeConfig {
  readonly mode: ServerMode;
  readonly connector: ConnectorConfig;
  readonly proxyHeaders: readonly ProxyHeadersRule[];
  readonly routes: {
    readonly mode: WallarmMode;
    readonly application: number;
    readonly rows: readonly RouteConfig[];
  };
  readonly inputFilters: {
    readonly inspect: readonly InputFilter[];
    readonly bypass: readonly InputFilter[];
  };
  readonly log: LogConfig;
  readonly metrics: {
    readonly enabled: boolean;
    readonly address: ListenAddress;
    readonly namespace: string;
  };
  readonly mock: MockConfig;
}
