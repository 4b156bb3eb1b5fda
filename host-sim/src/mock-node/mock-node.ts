/** How do the parts of the mock node stand together, from start to end? */
import { createApi } from "./api/app.ts";
import { EventStreams } from "./api/events.ts";
import { servePages, type PageServer } from "./api/http-server.ts";
import type { NodeConfig, ServerMode } from "./config/node-config.ts";
import { CallHandler } from "./connector/call-handler.ts";
import { Judge } from "./connector/judge.ts";
import { ConnectorListener } from "./connector/listener.ts";
import { Scribe } from "./connector/scribe.ts";
import { errorReply, NODE_VERSION, sendReply } from "./contract/reply.ts";
import { createProcessor } from "./external-processor/create-processor.ts";
import { StreamScribe } from "./external-processor/stream-scribe.ts";
import { FaultSet } from "./faults/fault-set.ts";
import { readFaults } from "./faults/read-faults.ts";
import { startThreads } from "./inspection/threads.ts";
import { Journal } from "./journal/journal.ts";
import type { NodeLog } from "./log.ts";
import { NodeMetrics } from "./metrics/metrics.ts";

export interface MockNodeParts {
  readonly config: NodeConfig;
  readonly log: NodeLog;
  readonly now: () => number;
  readonly random: () => number;
}

/** What takes the messages of gateways. */
interface Front {
  readonly url: string;
  listen(): Promise<void>;
  setRefusing(refusing: boolean): Promise<void>;
  close(): Promise<void>;
}

export class MockNode {
  readonly journal: Journal;
  readonly #config: NodeConfig;
  readonly #metrics: NodeMetrics;
  readonly #faults: FaultSet;
  readonly #front: Front;
  readonly #events: EventStreams;
  readonly #servers: PageServer[] = [];
  #apiUrl = "";
  #metricsUrl: string | undefined;

  /** Nothing listens before `start`. */
  constructor({ config, log, now, random }: MockNodeParts) {
    this.#config = config;
    this.journal = new Journal(config.mock.journal, now);
    this.#events = new EventStreams(this.journal);
    this.#metrics = new NodeMetrics(config.metrics.namespace, NODE_VERSION, config.mode);
    this.#faults = new FaultSet(random);
    const streams = config.mode === "envoy-external-filter";
    const ScribeOfMode = streams ? StreamScribe : Scribe;
    const scribe = new ScribeOfMode(this.journal, config.mock.journal.bodyBytes);
    const judge = new Judge({ config, metrics: this.#metrics, scribe, now });
    const parts = { config, metrics: this.#metrics, judge, faults: this.#faults, log };
    this.#front = streams ? createProcessor({ ...parts, now }) : createConnector(parts);
  }

  async start(): Promise<void> {
    try {
      await startThreads();
      await this.#front.listen();
      await this.#startPages();
      await this.#startMetrics();
      if (this.#config.mock.faults !== undefined) await this.setFaults(this.#config.mock.faults);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get mode(): ServerMode {
    return this.#config.mode;
  }

  /** For `wallarm_node`: where connectors send their messages, or gateways open their streams. */
  get url(): string {
    return this.#front.url;
  }

  /** The API and the Attacks page. */
  get apiUrl(): string {
    return this.#apiUrl;
  }

  /** `…/metrics`; undefined where `metrics.enabled` is false. */
  get metricsUrl(): string | undefined {
    return this.#metricsUrl;
  }

  /** The text of `/metrics`. */
  metrics(): Promise<string> {
    return this.#metrics.registry.metrics();
  }

  /** As `PUT /api/faults`: replaces all faults. Throws a FaultError that says what is wrong. */
  async setFaults(faults: unknown): Promise<void> {
    this.#faults.replace(readFaults(faults, this.#config.mode));
    await this.#front.setRefusing(this.#faults.refusing);
  }

  async close(): Promise<void> {
    this.#events.close();
    await Promise.all([this.#front.close(), ...this.#servers.map((server) => server.close())]);
  }

  async #startPages(): Promise<void> {
    const api = createApi({
      journal: this.journal,
      faults: this.#faults,
      setFaults: (json) => this.setFaults(json),
      events: this.#events,
      about: () => this.#about(),
    });
    const server = await servePages((request) => api.fetch(request), this.#config.mock.address);
    this.#servers.push(server);
    this.#apiUrl = server.url;
  }

  async #startMetrics(): Promise<void> {
    if (!this.#config.metrics.enabled) return;
    const { registry } = this.#metrics;
    const server = await servePages(async (request) => {
      if (new URL(request.url).pathname !== "/metrics")
        return new Response("try /metrics\n", { status: 404 });
      const headers = { "content-type": registry.contentType };
      return new Response(await registry.metrics(), { headers });
    }, this.#config.metrics.address);
    this.#servers.push(server);
    this.#metricsUrl = `${server.url}/metrics`;
  }

  #about(): Record<string, unknown> {
    const { routes, connector } = this.#config;
    return {
      version: NODE_VERSION,
      mode: this.mode,
      connector: this.url,
      wallarmMode: routes.mode,
      blocking: connector.blocking,
      refusing: this.#faults.refusing,
      metrics: this.metricsUrl ?? null,
    };
  }
}

function createConnector(parts: ConstructorParameters<typeof CallHandler>[0]): Front {
  const handler = new CallHandler(parts);
  return new ConnectorListener(parts.config.connector, (request, response) => {
    handler.handle(request, response).catch((error: unknown) => {
      parts.log.write("error", `the mock node failed: ${String(error)}`);
      sendReply(response, errorReply(500, `the mock node failed: ${String(error)}`));
    });
  });
}
