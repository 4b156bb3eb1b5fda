/**
 * Do filters of other toolchains run, without those toolchains? The texts in modules/*.wat do what the SDKs of Rust, Go and C++
 * make of a filter; each runs on the simulator and, where it is, on real Envoy, against the same expectations.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway, ManualClock } from "../../host-sim/src/index.ts";
import { request, type RequestOptions } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";
import { assemble } from "./support/guest.ts";

const MODULES = resolve(import.meta.dirname, "modules");
const names = ["rust-0-1-0", "go-0-2-0", "cpp-0-2-1"] as const;
type Name = (typeof names)[number];
const binary = (name: Name): Uint8Array =>
  assemble(readFileSync(join(MODULES, `${name}.wat`), "utf8"));

const envoy = installedEnvoy();
const engines: readonly (Engine | null)[] = [
  envoy === undefined ? null : envoyEngine(envoy),
  hostSimEngine,
];
const reason = ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]`;

class Stage {
  readonly gateways = new Map<Name, RunningGateway>();
  upstream!: Upstream;
  private service!: Upstream;
  private readonly directory = mkdtempSync(join(tmpdir(), "foreign-"));

  async begin(engine: Engine): Promise<void> {
    [this.upstream, this.service] = await Promise.all([Upstream.start(), Upstream.start()]);
    this.service.answerWith((response) => void response.end("granted"));
    for (const name of names) {
      const wasm = join(this.directory, `${name}.wasm`);
      writeFileSync(wasm, binary(name));
      const filter = { wasm, name, rootId: "root", vmId: name, config: "its configuration" };
      const gateway = await engine.start({
        filters: [filter],
        upstream: { url: this.upstream.url },
        clusters: { web_service: { url: this.service.url } },
      });
      this.gateways.set(name, gateway);
    }
  }

  /** What the filter logged, each line once: Envoy starts a filter more than once. */
  logs(name: Name): string[] {
    const all = this.gateways.get(name)!.logs();
    const own = all.filter(
      ({ level, text }) => (level === "info" || level === "error") && !/[[{]/.test(text),
    );
    return [...new Set(own.map(({ text }) => text.replace(/(\\n|\n)$/, "")))];
  }

  async ask(name: Name, options: RequestOptions): Promise<[number, string | undefined, string]> {
    const answer = await request(this.gateways.get(name)!, options);
    return [answer.status, answer.header(name.startsWith("rust") ? "x-old" : "x-go"), answer.text];
  }

  async end(): Promise<void> {
    for (const gateway of this.gateways.values()) await gateway.stop();
    await Promise.all([this.upstream.stop(), this.service.stop()]);
    rmSync(this.directory, { recursive: true });
  }
}

const sent = (stage: Stage, name: string): string | undefined =>
  stage.upstream.last?.headers.find(([each]) => each === name)?.[1];

describe.each(engines.map((engine, i) => ({ engine, name: engine?.name ?? `envoy ${i}` })))(
  "on $name",
  ({ engine }) => {
    if (engine === null) {
      test.skip(`filters of other toolchains${reason}`, () => {});
      return;
    }
    const stage = new Stage();
    beforeAll(() => stage.begin(engine));
    afterAll(() => stage.end());

    test("a filter of the first Rust SDK runs, in the terms of ABI 0.1.0", async () => {
      expect(await stage.ask("rust-0-1-0", {})).toEqual([200, "started", "hello from the API"]);
      expect(sent(stage, "x-old")).toBe("started");
      expect(stage.logs("rust-0-1-0")).toEqual([
        "to stderr",
        "started",
        "its configuration",
        "absent is empty",
        "held",
        "granted",
      ]);
    });

    test("a filter of Go runs, its runtime and its ticks too", async () => {
      expect(await stage.ask("go-0-2-0", {})).toEqual([200, "runtime", "hello from the API"]);
      expect(sent(stage, "x-go")).toBe("runtime");
      expect(stage.logs("go-0-2-0")).toEqual([
        "runtime is up",
        "its configuration",
        "no such header",
        "end of stream",
        "tick",
      ]);
    });

    test("a filter of C++ runs, and exports that are no callbacks stay alone", async () => {
      const body = "hello all";
      expect(await stage.ask("cpp-0-2-1", { method: "POST", body })).toEqual([
        200,
        undefined,
        "hello from the API",
      ]);
      expect(stage.upstream.last?.start.toString()).toBe("HELLO all");
      const long = { method: "POST", body: "hello everybody" };
      expect(await stage.ask("cpp-0-2-1", long)).toEqual([422, undefined, "too much"]);
      expect(stage.logs("cpp-0-2-1")).toEqual([
        "constructors ran",
        "main ran",
        "its configuration",
      ]);
      await eventually("the metric is told", async () => {
        const count = await stage.gateways.get("cpp-0-2-1")!.metric("cpp_requests");
        return count === 2 ? count : undefined;
      });
    });
  },
);

test("a runtime that refuses a clock at 0 starts under a clock that the test moves", async () => {
  const wasm = binary("go-0-2-0");
  const clock = new ManualClock(0);
  await using gateway = await createGateway({ wasm, clock, config: "c" });
  const response = gateway.fetch("/");
  await clock.advance(50);
  expect((await response).status).toBe(200);
});
