/** What does the node count? Names and labels are the vendor's, so that its dashboards work. */
import { Counter, Gauge, Registry } from "prom-client";
import {
  errorTypes,
  rejectReasons,
  type ErrorType,
  type RejectReason,
} from "../contract/contract-error.ts";

import type { ServerMode } from "../config/node-config.ts";

export type SeenType = "health" | "request" | "response";

export class NodeMetrics {
  readonly registry = new Registry();
  readonly #prefix: string;
  /** What takes the messages: part of its metrics' names, and the source of requests. */
  readonly #server: "http_connector_server" | "envoy_external_filter";
  readonly #errors: Counter;
  readonly #rejected: Counter;
  readonly #seen: Counter;
  readonly #processed: Counter;
  readonly #blocked: Counter;
  readonly #bypassed: Counter;
  readonly #responsesBypassed: Counter;
  readonly #inspected: Counter;
  readonly #inspectedByApp: Counter;
  readonly #found: Counter;
  readonly #foundByApp: Counter;
  readonly #threatsBlocked: Counter;
  readonly #threatsBlockedByApp: Counter;
  readonly #bytes: Counter;
  readonly #bytesByApp: Counter;
  #latencySum = 0;
  #latencyCount = 0;

  constructor(namespace: string, version: string, mode: ServerMode) {
    this.#prefix = namespace;
    this.#server = mode === "connector-server" ? "http_connector_server" : "envoy_external_filter";
    const server = `${this.#server}_`;
    this.#errors = this.#counter(`${server}errors_total`, "Calls and messages that failed", [
      "type",
    ]);
    this.#rejected = this.#counter(`${server}messages_rejected_total`, "Messages not taken", [
      "reason",
    ]);
    this.#seen = this.#counter(`${server}messages_seen_total`, "Messages that came", ["type"]);
    this.#processed = this.#counter(`${server}messages_processed_total`, "Messages worked on", [
      "type",
    ]);
    this.#blocked = this.#counter(`${server}requests_blocked_total`, "Requests blocked");
    this.#bypassed = this.#counter(`${server}requests_bypassed_total`, "Requests not inspected", [
      "reason",
    ]);
    this.#responsesBypassed = this.#counter(
      `${server}responses_bypassed_total`,
      "Responses not inspected",
    );
    const inspector = "http_inspector_";
    this.#inspected = this.#counter(`${inspector}requests_processed_total`, "Requests inspected", [
      "aggregate",
      "source",
    ]);
    this.#inspectedByApp = this.#counter(
      `${inspector}requests_processed_per_app_total`,
      "Requests inspected, by application",
      ["application_id"],
    );
    this.#found = this.#counter(`${inspector}threats_found_total`, "Attacks found");
    this.#foundByApp = this.#counter(
      `${inspector}threats_found_per_app_total`,
      "Attacks found, by application",
      ["application_id"],
    );
    this.#threatsBlocked = this.#counter(
      `${inspector}threats_blocked_total`,
      "Attacks in requests that were blocked",
    );
    this.#threatsBlockedByApp = this.#counter(
      `${inspector}threats_blocked_per_app_total`,
      "Attacks in requests that were blocked, by application",
      ["application_id"],
    );
    this.#bytes = this.#counter(`${inspector}bytes_processed_total`, "Bytes of bodies worked on", [
      "type",
    ]);
    this.#bytesByApp = this.#counter(
      `${inspector}bytes_processed_per_app_total`,
      "Bytes of bodies worked on, by application",
      ["type", "application_id"],
    );
    this.#gauges(version, mode);
    this.#startAtZero();
  }

  error(type: ErrorType): void {
    this.#errors.inc({ type });
  }

  rejected(reason: RejectReason): void {
    this.#rejected.inc({ reason });
  }

  seen(type: SeenType): void {
    this.#seen.inc({ type });
    this.#seen.inc({ type: "total" });
  }

  processed(type: "request" | "response", bytes: number, application: number): void {
    this.#processed.inc({ type });
    this.#bytes.inc({ type }, bytes);
    this.#bytesByApp.inc({ type, application_id: application }, bytes);
  }

  bypassed(reason: "input_filters" | "mode_off"): void {
    this.#bypassed.inc({ reason });
  }

  responseBypassed(): void {
    this.#responsesBypassed.inc();
  }

  /** A request was begun to be inspected: once for all its parts. */
  inspected(application: number): void {
    this.#inspected.inc({ aggregate: "sum", source: this.#server });
    this.#inspectedByApp.inc({ application_id: application });
  }

  threats(found: number, application: number): void {
    this.#found.inc(found);
    this.#foundByApp.inc({ application_id: application }, found);
  }

  /** A request was blocked: once for all its parts. */
  requestBlocked(threats: number, application: number): void {
    this.#blocked.inc();
    this.#threatsBlocked.inc(threats);
    this.#threatsBlockedByApp.inc({ application_id: application }, threats);
  }

  latency(ms: number): void {
    this.#latencySum += ms;
    this.#latencyCount += 1;
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({
      name: `${this.#prefix}_${name}`,
      help,
      labelNames,
      registers: [this.registry],
    });
  }

  #gauges(version: string, mode: ServerMode): void {
    const average = (): number =>
      this.#latencyCount === 0 ? 0 : this.#latencySum / this.#latencyCount;
    new Gauge({
      name: `${this.#prefix}_${this.#server}_avg_latency_ms`,
      help: "Milliseconds from a call to its answer, on average",
      registers: [this.registry],
      collect() {
        this.set(average());
      },
    });
    new Gauge({
      name: `${this.#prefix}_application_info`,
      help: "What runs here",
      labelNames: ["deployment_type", "mode", "version"],
      registers: [this.registry],
    }).set({ deployment_type: "mock", mode, version }, 1);
  }

  /** A counter that appears with its first event can't be alerted on. */
  #startAtZero(): void {
    for (const type of errorTypes) this.#errors.inc({ type }, 0);
    for (const reason of rejectReasons) this.#rejected.inc({ reason }, 0);
    for (const type of ["health", "request", "response", "total"]) this.#seen.inc({ type }, 0);
    for (const reason of ["input_filters", "mode_off"]) this.#bypassed.inc({ reason }, 0);
    for (const type of ["request", "response"]) {
      this.#processed.inc({ type }, 0);
      this.#bytes.inc({ type }, 0);
    }
    this.#inspected.inc({ aggregate: "sum", source: this.#server }, 0);
  }
}
