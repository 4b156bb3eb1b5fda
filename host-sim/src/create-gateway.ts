/** What is a gateway to a test? Filters, upstreams and a clock in one process; requests go in, everything is recorded. */
import { ClientStream } from "./client-stream.ts";
import type { RecordedCall } from "./envoy/call-journal.ts";
import { ManualClock, type Clock } from "./envoy/clock.ts";
import { HeaderMap } from "./envoy/header-map.ts";
import type { ConnectionInfo } from "./envoy/http.ts";
import type { HttpStream } from "./envoy/http-stream.ts";
import type { LogLine } from "./envoy/log.ts";
import { Proxy } from "./envoy/proxy.ts";
import type { Metric, Stats } from "./envoy/stats.ts";
import {
  outgoingRequest,
  responseOf,
  sendBody,
  type FetchInit,
  type GatewayResponse,
} from "./gateway-fetch.ts";
import {
  configurationBytes,
  createClusters,
  pluginOptions,
  upstreamName,
  type Configuration,
  type Delivery,
  type GatewayOptions,
} from "./gateway-options.ts";
import { defaultDeadlineMs, Patience } from "./patience.ts";
import { Crash } from "./crash.ts";
import { readRoutePolicies } from "./envoy/router/read-route-policies.ts";
import { RecordingCluster, type ReceivedRequest } from "./upstream-record.ts";
import { errorCodes, SimulatorError } from "./wasm/errors.ts";

/** One request that a test drives itself. */
export interface OpenStream {
  readonly client: ClientStream;
  /** What the upstream has received of this request; `null`: nothing. */
  readonly upstream: ReceivedRequest | null;
}

export interface OpenInit extends Delivery {
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  readonly headers?: Iterable<readonly [string, string]>;
  /** The headers are all of the request. */
  readonly endStream?: boolean;
}

export class Gateway {
  /** Every HTTP call of the filters. */
  readonly calls: readonly RecordedCall[];
  /** Every request that reached the upstream. */
  readonly upstreamRequests: readonly ReceivedRequest[];
  private readonly proxy: Proxy;
  private readonly delivery: Delivery;
  private lastPort = 50_000;
  private closed = false;

  private readonly deadlineMs: number;
  private readonly crash: Crash;

  constructor(
    proxy: Proxy,
    received: readonly ReceivedRequest[],
    { delivery, deadlineMs }: Pick<GatewayOptions, "delivery" | "deadlineMs">,
    crash = new Crash(),
  ) {
    this.crash = crash;
    this.proxy = proxy;
    this.calls = proxy.journal.calls;
    this.upstreamRequests = received;
    this.delivery = delivery ?? {};
    this.deadlineMs = deadlineMs ?? defaultDeadlineMs;
  }

  /** As the global `fetch`, through the filters. A path alone will do. */
  async fetch(input: string | URL | Request, init: FetchInit = {}): Promise<GatewayResponse> {
    const { headers, body } = await outgoingRequest(input, init);
    const options = { ...this.delivery, ...init };
    const { client, stream } = this.connect(options);
    const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.addEventListener("abort", () => client.reset());
    const hasBody = body !== null || init.trailers !== undefined;
    stream.decodeHeaders(new HeaderMap(headers), !hasBody);
    if (hasBody) void sendBody(client, body ?? noBody(), options).catch(() => client.reset());
    return responseOf(client);
  }

  /** Begins a request; what follows is sent step by step. */
  openStream(init: OpenInit = {}): OpenStream {
    const { client, stream } = this.connect({ ...this.delivery, ...init });
    const headers = new HeaderMap([
      [":authority", init.authority ?? "gateway.test"],
      [":path", init.path ?? "/"],
      [":method", init.method ?? "POST"],
      [":scheme", init.tls === true ? "https" : "http"],
      ...(init.headers ?? []),
    ]);
    stream.decodeHeaders(headers, init.endStream ?? false);
    const received = this.upstreamRequests;
    return {
      client,
      get upstream() {
        const id = stream.requestHeaders?.getFirst("x-request-id");
        return received.findLast((each) => each.headers.getFirst("x-request-id") === id) ?? null;
      },
    };
  }

  private connect(delivery: Delivery): { client: ClientStream; stream: HttpStream } {
    this.crash.check();
    if (this.closed) throw new SimulatorError(errorCodes.closed, "the gateway was closed");
    const connection: ConnectionInfo = {
      sourceAddress: delivery.sourceAddress ?? `127.0.0.1:${++this.lastPort}`,
      destinationAddress: delivery.destinationAddress ?? "127.0.0.1:10000",
      protocol: delivery.httpVersion === "2" ? "HTTP/2" : `HTTP/${delivery.httpVersion ?? "1.1"}`,
      tls: delivery.tls ?? false,
    };
    const patience = new Patience(this.deadlineMs, () => this.waitingFor(stream), this.crash);
    const client = new ClientStream(patience);
    const stream = this.proxy.newStream(client, connection);
    client.attach(stream);
    return { client, stream };
  }

  private waitingFor({ waitsFor }: HttpStream): string {
    const open = this.calls.filter(({ outcome }) => outcome === "pending");
    const called = open.map(({ cluster }) => `no answer yet from cluster "${cluster}"`);
    const still =
      this.clock instanceof ManualClock ? ["time stands still until clock.advance"] : [];
    return [waitsFor, ...called, ...still].join("; ");
  }

  get clock(): Clock {
    return this.proxy.clock;
  }

  /** Every log line, of the filters and of the gateway. */
  get logs(): readonly LogLine[] {
    return this.proxy.log.lines;
  }

  get stats(): Stats {
    return this.proxy.stats;
  }

  /** By its name in the filter, or its whole name (`wasmcustom.NAME`). A histogram's is what was recorded. */
  metric(name: string): number | number[] | undefined {
    const metric = this.stats.find(name) ?? this.stats.find(`wasmcustom.${name}`);
    return metric === undefined ? undefined : valueOf(metric);
  }

  /** What is alive right now. */
  get contexts(): Proxy["contexts"] {
    return this.proxy.contexts;
  }

  /** Gives a plugin another configuration; refused, it throws and the old one stays. */
  reconfigure(config: Configuration, pluginName?: string): void {
    this.proxy.reconfigure(configurationBytes(config), pluginName);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.proxy.close();
    // A crash that no request has met must not go unseen.
    if (!this.crash.seen) this.crash.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function valueOf(metric: Metric): number | number[] {
  return metric.type === "histogram" ? metric.values.map(Number) : Number(metric.value);
}

async function* noBody(): AsyncIterable<Uint8Array> {}

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const received: ReceivedRequest[] = [];
  const [plugins, clusters] = await Promise.all([pluginOptions(options), createClusters(options)]);
  const { clock, bufferLimit, http2StreamWindow, logLevel, onLog, node } = options;
  const { route, routeTimeoutMs, foreignFunctions, useRemoteAddress, skipXffAppend } = options;
  const crash = new Crash();
  const proxy = await Proxy.create({
    plugins,
    clusters: clusters.map((each) =>
      each.name === upstreamName ? new RecordingCluster(each, received) : each,
    ),
    routes: upstreamName,
    ...(clock && { clock }),
    ...(bufferLimit !== undefined && { bufferLimit }),
    ...(http2StreamWindow !== undefined && { http2StreamWindow }),
    ...(logLevel && { logLevel }),
    ...(onLog && { onLog }),
    ...(node && { node }),
    ...(routeTimeoutMs !== undefined && { routeTimeoutMs }),
    ...(route && { routePolicies: readRoutePolicies(route) }),
    ...(useRemoteAddress !== undefined && { useRemoteAddress }),
    ...(skipXffAppend !== undefined && { skipXffAppend }),
    onCrash: (error) => crash.happened(error),
    ...(foreignFunctions && { foreignFunctions }),
  });
  return new Gateway(proxy, received, options, crash);
}
