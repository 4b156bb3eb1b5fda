/**
 * How are the policy and Envoy's own ext_proc filter played side by side? Two Envoys, one with each, and a processor for each that
 * answers alike; what the processors heard, what the clients got and what the APIs saw are held against each other.
 */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { request } from "../../support/client.ts";
import type { RequestOptions, Response } from "../../support/client.ts";
import { clusterName } from "../../support/cluster-name.ts";
import { eventually } from "../../support/deadline.ts";
import { installedEnvoy } from "../../support/envoy/binary.ts";
import { envoyEngine } from "../../support/envoy/engine.ts";
import { carryOn, Processor } from "../../support/ext-proc/processor.ts";
import type { AnswerMessage } from "../../support/ext-proc/processor.ts";
import type { GatewayOptions, RunningGateway } from "../../support/gateway-options.ts";
import { POLICY_WASM } from "../../support/scene.ts";
import type { Answer } from "../../support/upstream.ts";
import { Upstream } from "../../support/upstream.ts";
import { answerOf, seenOf, toldOf } from "./steady.ts";

const envoy = installedEnvoy();
const reason = envoy === undefined ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";
const NAME = "wallarm.default.4711";
const LIMIT = 1_000_000;

const native = (more: object): Readonly<Record<string, unknown>> => ({
  name: "ext_proc",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
    grpc_service: { envoy_grpc: { cluster_name: "processor" } },
    message_timeout: "5s",
    allow_mode_override: true,
    processing_mode: {
      request_body_mode: "STREAMED",
      response_body_mode: "STREAMED",
      request_trailer_mode: "SEND",
      response_trailer_mode: "SEND",
    },
    request_attributes: ["request.id", "request.time", "source.address"],
    // The policy's own status where there is no verdict.
    status_on_error: { code: "Forbidden" },
    ...more,
  },
});

export interface Settings {
  /** Of the policy, beyond the usual. */
  readonly config?: object;
  /** Of Envoy's filter. */
  readonly native?: object;
}

/** What one case looks like from all sides. */
export interface Seen {
  readonly told: unknown;
  readonly client: unknown;
  readonly api: unknown;
}

export class Side {
  processor!: Processor;
  upstream!: Upstream;
  gateway!: RunningGateway;

  async begin(isNative: boolean, settings: Settings): Promise<void> {
    this.upstream = await Upstream.start();
    this.processor = await Processor.start();
    const { authority, url } = this.processor;
    const config = {
      wallarm_node: `h2://${authority}`,
      fallback_action: "block",
      node_timeout_ms: 5000,
      response_body_limit: LIMIT,
      ...settings.config,
    };
    const policy = { wasm: POLICY_WASM, name: NAME, rootId: "main", vmId: "policy", config };
    const options: GatewayOptions = {
      filters: isNative ? [] : [{ ...policy, allowOnHeadersStopIteration: true }],
      ...(isNative && { nativeFilters: [native(settings.native ?? {})] }),
      upstream: { url: this.upstream.url },
      clusters: { [isNative ? "processor" : clusterName(NAME, authority)]: { url, http2: true } },
    };
    this.gateway = await envoyEngine(envoy!).start(options);
  }

  async play(
    path: string,
    options: RequestOptions,
    answer: AnswerMessage,
    api?: Answer,
  ): Promise<Seen> {
    this.processor.reset();
    this.upstream.reset();
    if (api !== undefined) this.upstream.answerWith(api);
    this.processor.answerWith(answer);
    const response = await request(this.gateway, { host: "api.example", ...options, path });
    return this.seen(path, response);
  }

  /** Once all that comes of it has come. */
  async seen(path: string, response: Response): Promise<Seen> {
    const stream = await this.processor.stream(path);
    await eventually("the stream is over", () => stream.ended || stream.cancelled, 12_000);
    return { told: toldOf(stream), client: answerOf(response), api: seenOf(this.upstream.last) };
  }

  async end(): Promise<void> {
    await this.gateway.stop();
    this.processor.stop();
    await this.upstream.stop();
  }
}

export interface Both {
  /** The policy's, then Envoy's filter's. */
  readonly sides: readonly [Side, Side];
  play(
    options: RequestOptions,
    answer?: AnswerMessage,
    api?: Answer,
  ): Promise<[ours: Seen, theirs: Seen]>;
  /** Nobody can tell the one from the other. */
  same(options: RequestOptions, answer?: AnswerMessage, api?: Answer): Promise<void>;
}

export function describeBoth(title: string, settings: Settings, body: (both: Both) => void): void {
  describe.skipIf(envoy === undefined)(`${title}${reason}`, () => {
    const [policy, filter] = [new Side(), new Side()];
    let paths = 0;
    beforeAll(async () => {
      await policy.begin(false, settings);
      await filter.begin(true, settings);
    });
    afterAll(async () => {
      await policy.end();
      await filter.end();
    });

    const both: Both = {
      sides: [policy, filter],
      play(options, answer = carryOn, api) {
        const path = options.path ?? `/p/${++paths}?q=%2e%2e`;
        return Promise.all([
          policy.play(path, options, answer, api),
          filter.play(path, options, answer, api),
        ]);
      },
      async same(options, answer, api) {
        const [ours, theirs] = await both.play(options, answer, api);
        expect(ours).toEqual(theirs);
      },
    };
    body(both);
  });
}
