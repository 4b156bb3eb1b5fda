/** What may be said about a proxy when it is made? */
import type { LogLevel } from "../wasm/abi.ts";
import type { SimulatorError } from "../wasm/errors.ts";
import type { Clock } from "./clock.ts";
import type { ForeignFunction } from "./foreign-functions.ts";
import type { Cluster } from "./http.ts";
import type { LogLine } from "./log.ts";
import type { NodeInfo } from "./node-info.ts";
import type { FilterOptions, Routes } from "./plugin-chain.ts";
import type { RoutePolicies } from "./router/route-policies.ts";
import type { SharedData } from "./shared-data.ts";
import type { Stats } from "./stats.ts";

export interface ProxyOptions {
  /** The filters of each stream, in order. */
  readonly plugins: readonly FilterOptions[];
  /** Closed with the proxy. */
  readonly clusters: readonly Cluster[];
  /** Clusters that somebody else owns, for names that are not among `clusters`. */
  readonly findCluster?: (name: string) => Cluster | undefined;
  readonly routes: Routes;
  readonly routeTimeoutMs?: number;
  /** Of the one route, where `routes` names a cluster. */
  readonly routePolicies?: RoutePolicies;
  readonly clock?: Clock;
  /** Bytes of a body that are held at most, in each direction: Envoy's per_connection_buffer_limit_bytes. 0: no limit. */
  readonly bufferLimit?: number;
  /** Bytes of a body that are held at most where the client speaks HTTP/2: Envoy's initial_stream_window_size takes that place. */
  readonly http2StreamWindow?: number;
  readonly logLevel?: LogLevel;
  readonly onLog?: (line: LogLine) => void;
  readonly node?: Partial<NodeInfo>;
  /** Envoy's `use_remote_address` and `skip_xff_append`; both are off by default. */
  readonly useRemoteAddress?: boolean;
  readonly skipXffAppend?: boolean;
  /**
   * A filter did what kills Envoy's process: every client is cut off, and no new stream begins. Without this, the error is one that
   * nobody catches: it ends the process.
   */
  readonly onCrash?: (error: SimulatorError) => void;
  /** Beside Envoy's own, or in their place. */
  readonly foreignFunctions?: ReadonlyMap<string, ForeignFunction>;
  /** What proxies of one process share, as Envoy's listeners do. */
  readonly stats?: Stats;
  readonly sharedData?: SharedData;
}

export const defaultBufferLimit = 1024 * 1024;

export const defaultHttp2StreamWindow = 16 * 1024 * 1024;
