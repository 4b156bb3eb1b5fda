/** Does the simulator's router send what Envoy's sends, as often, where a route has policies and a filter holds the body? */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { Connection, chunk } from "../support/client.ts";
import { eventually, within } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream, type SeenRequest } from "../support/upstream.ts";
import {
  defaultAnswer,
  holdings,
  routeKinds,
  type Holding,
  type RouteKind,
} from "./support/route-cases.ts";

const envoy = installedEnvoy();
const reason = envoy === undefined ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";

/** One engine with one route. */
class Side {
  private readonly upstream: Upstream;
  private readonly mirror: Upstream;
  private readonly gateway: RunningGateway;

  private constructor(upstream: Upstream, mirror: Upstream, gateway: RunningGateway) {
    this.upstream = upstream;
    this.mirror = mirror;
    this.gateway = gateway;
  }

  static async start(engine: Engine, { route }: RouteKind): Promise<Side> {
    const wasm = await compileToFile("host-sim/modules/holds", "bare");
    const [upstream, mirror] = await Promise.all([Upstream.start(), Upstream.start()]);
    const gateway = await engine.start({
      filters: [
        {
          wasm,
          name: "holds",
          rootId: "",
          vmId: "",
          config: "",
          allowOnHeadersStopIteration: true,
        },
      ],
      upstream: { url: upstream.url },
      clusters: { mirror: { url: mirror.url } },
      bufferLimit: 65_536,
      ...(route && { route }),
    });
    return new Side(upstream, mirror, gateway);
  }

  async run(kind: RouteKind, holding: Holding): Promise<unknown> {
    for (const server of [this.upstream, this.mirror]) server.reset();
    let count = 0;
    this.upstream.answerWith((...args) => (kind.answer?.(++count) ?? defaultAnswer)(...args));
    const from = this.gateway.logs().length;
    const said = (): string[] => {
      const lines = this.gateway.logs().slice(from);
      return lines.map(({ text }) => text).filter((text) => text.includes("released"));
    };
    const answer = await this.exchange(kind, holding, said);
    await eventually(
      "the request is over",
      async () => (await this.gateway.activeRequests()) === 0,
    );
    const requests = this.upstream.requests.map(seenAs);
    return { answer, requests, mirrored: this.mirror.requests.map(seenAs), said: said().map(text) };
  }

  private async exchange(
    { asks }: RouteKind,
    { status, releases, piece }: Holding,
    said: () => string[],
  ): Promise<unknown> {
    const connection = await Connection.open(this.gateway);
    const hold = [status, releases, piece, ...(asks === undefined ? [] : [asks])].join(" ");
    const headers = [["x-hold", hold]] as const;
    try {
      const answer = connection.readResponse("POST");
      answer.catch(() => {});
      await connection.write(
        connection.head({ method: "POST", path: "/p", headers, chunked: true, host: "a.test:81" }),
      );
      if (piece > 0) await connection.write(chunk(Buffer.alloc(piece, "first")));
      if (releases > 1) await this.firstPieceLetGo(piece, said);
      if (piece > 0) await connection.write(chunk(Buffer.alloc(piece, "SECOND")));
      await connection.write("0\r\n\r\n");
      const got = await within("an answer", answer, 4_000);
      return { code: got.status, body: got.text, location: got.header("location") };
    } catch (error) {
      return /not within/.test(String(error)) ? "no answer" : "cut off";
    } finally {
      connection.abort();
    }
  }

  /** The upstream has it too: what comes next may end the request before it was sent. */
  private async firstPieceLetGo(piece: number, said: () => string[]): Promise<void> {
    await eventually("the first piece is let go", () => said().length > 0);
    await eventually("the upstream has the first piece", () => {
      const { last } = this.upstream;
      return last !== undefined && last.bodyBytes >= piece;
    });
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await Promise.all([this.upstream.stop(), this.mirror.stop()]);
  }
}

const text = (line: string): string => line.replace(/^.*: /, "");

/** Whose values are by chance, or of the test's own. */
const dropped = /^(x-request-id|x-hold)$/;

function seenAs({ method, path, headers, bodyBytes, hash, complete }: SeenRequest): unknown {
  const fields = headers.filter(([name]) => !dropped.test(name)).map(steady);
  return { method, path, fields: fields.sort(), bodyBytes, hash, complete };
}

/** The time that is left for the answer is some milliseconds less for each try. */
const steady = ([name, value]: readonly [string, string]): string =>
  `${name}: ${value.replace(/^29\d{3}$/, "30000")}`;

describe.skipIf(envoy === undefined)(`the routers agree${reason}`, () => {
  describe.each(routeKinds)("on $title", (kind) => {
    let sides: readonly [Side, Side];
    beforeAll(async () => {
      sides = [await Side.start(envoyEngine(envoy!), kind), await Side.start(hostSimEngine, kind)];
    });
    afterAll(() => Promise.all(sides.map((side) => side.stop())));

    test.each(holdings)(
      "status $status, let go $releases times, two pieces of $piece bytes",
      async (holding) => {
        const [real, simulated] = await Promise.all(sides.map((side) => side.run(kind, holding)));
        expect(simulated).toEqual(real);
      },
    );
  });
});
