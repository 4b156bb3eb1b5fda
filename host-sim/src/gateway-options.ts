/** What may be said to `createGateway`, and how does it become what the proxy takes? */
import { readFile } from "node:fs/promises";
import type { Clock } from "./envoy/clock.ts";
import type { ForeignFunction } from "./envoy/foreign-functions.ts";
import type { Cluster } from "./envoy/http.ts";
import { EmptyCluster, InProcessCluster, type Handler } from "./envoy/in-process-cluster.ts";
import type { LogLine } from "./envoy/log.ts";
import type { NodeInfo } from "./envoy/node-info.ts";
import type { RoutePolicies } from "./envoy/router/route-policies.ts";
import type { PluginOptions } from "./envoy/plugin.ts";
import { HttpCluster } from "./gateway/http-cluster.ts";
import type { LogLevel } from "./wasm/abi.ts";
import { errorCodes, SimulatorError } from "./wasm/errors.ts";

/** The URL of a server, a function that answers, a cluster of your own, or `null` for one without hosts. */
export type Upstream = string | Handler | Cluster | null;

/** Objects become JSON. */
export type Configuration = string | Uint8Array | object;

export interface PluginSetup {
  /** The module: its file or its bytes. */
  readonly wasm: string | URL | Uint8Array;
  readonly config?: Configuration;
  readonly vmConfig?: Configuration;
  readonly rootId?: string;
  readonly pluginName?: string;
  readonly vmId?: string;
  /** If the VM fails: skip the filter instead of answering 503. */
  readonly failOpen?: boolean;
  /** Envoy's option of the same name: what StopIteration in a headers callback means. */
  readonly allowOnHeadersStopIteration?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** How requests reach the gateway; for all requests, or for one. */
export interface Delivery {
  /** No chunk of the body is longer than this. */
  readonly chunkSize?: number;
  /** How the end comes: in an empty piece of its own (as Envoy tells most HTTP/1.1 bodies), or on the last chunk. */
  readonly endOfStream?: "empty" | "last";
  readonly httpVersion?: "1.0" | "1.1" | "2";
  /** With its port: `"192.0.2.1:4711"`, `"[2001:db8::1]:4711"`. */
  readonly sourceAddress?: string;
  readonly destinationAddress?: string;
  readonly tls?: boolean;
}

export interface GatewayOptions extends Partial<PluginSetup> {
  /** Several filters in one chain, instead of `wasm` and its like. The same module, vmId and vmConfig share a VM. */
  readonly plugins?: readonly PluginSetup[];
  /** Where requests go that the filters let through. Without one: an empty 200. */
  readonly upstream?: Upstream;
  /** What filters may call, by the name that they use. */
  readonly clusters?: Readonly<Record<string, Upstream>>;
  readonly clock?: Clock;
  readonly bufferLimit?: number;
  /** In the place of `bufferLimit` for requests of HTTP/2: Envoy's initial_stream_window_size, 16 MiB by default. */
  readonly http2StreamWindow?: number;
  /** Envoy's use_remote_address: the client is who made the connection, and is added to X-Forwarded-For. */
  readonly useRemoteAddress?: boolean;
  /** With it, X-Forwarded-For stays as it came. */
  readonly skipXffAppend?: boolean;
  readonly logLevel?: LogLevel;
  readonly onLog?: (line: LogLine) => void;
  readonly node?: Partial<NodeInfo>;
  /** Milliseconds for the upstream's answer; 0: no limit. Envoy's default is 15,000. */
  readonly routeTimeoutMs?: number;
  /** Real milliseconds that a test waits for the next event of an answer at most; 0: for ever. 4,000 by default. */
  readonly deadlineMs?: number;
  /** Whether a request is sent again, or elsewhere too: fields of Envoy's RouteAction, as protobuf's JSON has them. */
  readonly route?: RoutePolicies;
  readonly foreignFunctions?: ReadonlyMap<string, ForeignFunction>;
  readonly delivery?: Delivery;
}

export const upstreamName = "upstream";

export async function pluginOptions(options: GatewayOptions): Promise<PluginOptions[]> {
  const { wasm, plugins } = options;
  if (wasm !== undefined && plugins !== undefined) {
    throw new SimulatorError(errorCodes.badOption, "give either wasm or plugins, not both");
  }
  if (wasm === undefined && plugins === undefined) {
    throw new SimulatorError(
      errorCodes.badOption,
      "wasm is missing: the file of a module, or its bytes",
    );
  }
  const setups = plugins ?? [{ ...options, wasm: wasm! }];
  return Promise.all(setups.map(pluginOption));
}

async function pluginOption(setup: PluginSetup): Promise<PluginOptions> {
  const bytes = setup.wasm instanceof Uint8Array;
  return {
    wasm: setup.wasm instanceof Uint8Array ? setup.wasm : await readModule(setup.wasm),
    wasmName: bytes ? "the module" : String(setup.wasm),
    name: setup.pluginName ?? "",
    rootId: setup.rootId ?? "",
    vmId: setup.vmId ?? "",
    vmConfig: configurationBytes(setup.vmConfig),
    config: configurationBytes(setup.config),
    failurePolicy: setup.failOpen === true ? "FAIL_OPEN" : "FAIL_CLOSED",
    allowOnHeadersStopIteration: setup.allowOnHeadersStopIteration ?? false,
    environment: new Map(Object.entries(setup.environment ?? {})),
  };
}

async function readModule(file: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SimulatorError(
      errorCodes.unreadable,
      `can't read the module ${String(file)}: ${reason}`,
    );
  }
}

export function configurationBytes(configuration: Configuration | undefined): Uint8Array {
  if (configuration === undefined) return new Uint8Array(0);
  if (configuration instanceof Uint8Array) return configuration;
  const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
  return new TextEncoder().encode(text);
}

export async function createClusters(options: GatewayOptions): Promise<Cluster[]> {
  const upstream = options.upstream === undefined ? () => new Response() : options.upstream;
  const named: [string, Upstream][] = [
    [upstreamName, upstream],
    ...Object.entries(options.clusters ?? {}).filter(([name]) => name !== upstreamName),
  ];
  return Promise.all(named.map(([name, each]) => createCluster(name, each)));
}

async function createCluster(name: string, upstream: Upstream): Promise<Cluster> {
  if (upstream === null) return new EmptyCluster(name);
  if (typeof upstream === "string") return HttpCluster.create({ name, url: upstream });
  return typeof upstream === "function" ? new InProcessCluster(name, upstream) : upstream;
}
