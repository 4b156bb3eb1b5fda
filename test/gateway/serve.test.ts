/** Does `host-sim serve` serve? As a process, through a filter, from its first line to its orderly end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { startUpstream } from "./support/gateway-fixture.ts";
import { waitFor } from "./support/raw-client.ts";
import { HostSim } from "./support/serve-process.ts";
import { testFolder } from "./support/test-folder.ts";

let filter = "";
beforeAll(async () => {
  filter = await compileToFile("gateway/fixtures/pass-through", "bare");
});

const echo = (): Promise<string> =>
  startUpstream((request, response) => void request.pipe(response));

function serve(upstream: string, ...more: string[]): HostSim {
  return new HostSim([
    "serve",
    "--wasm",
    filter,
    "--listen",
    "127.0.0.1:0",
    "--upstream",
    upstream,
    ...more,
  ]);
}

describe("host-sim serve", () => {
  test("passes a request through the filter to the upstream, and a refusal back", async () => {
    const gateway = await serve(await echo(), "--plugin-name", "p", "--root-id", "r").address(
      "listening on",
    );
    const passed = await fetch(`${gateway}/x`, { method: "POST", body: "hello" });
    expect([passed.status, await passed.text()]).toEqual([200, "hello"]);
    expect(passed.headers.get("server")).toBe("envoy");
    const blocked = await fetch(`${gateway}/block`);
    expect([blocked.status, await blocked.text()]).toEqual([418, "blocked"]);
  });

  test("answers 503 as Envoy when the upstream refuses", async () => {
    const gateway = await serve("http://127.0.0.1:9").address("listening on");
    const answer = await fetch(gateway);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain(
      "upstream connect error or disconnect/reset before headers",
    );
  });

  test("answers 503 for an upstream whose name does not resolve", async () => {
    const gateway = await serve("http://nowhere.invalid").address("listening on");
    const answer = await fetch(gateway);
    expect([answer.status, await answer.text()]).toEqual([503, "no healthy upstream"]);
  });

  test("gives an upstream that is silent up after --route-timeout", async () => {
    const upstream = await startUpstream(() => undefined);
    const gateway = await serve(upstream, "--route-timeout", "1").address("listening on");
    const answer = await fetch(gateway);
    expect([answer.status, await answer.text()]).toEqual([504, "upstream request timeout"]);
  });

  test("hands YAML over as JSON and anything else as it is, and reads it again on SIGHUP", async () => {
    const folder = testFolder();
    const config = join(folder, "config.yaml");
    writeFileSync(config, "a: 1\nb: [x]\n");
    const run = serve(await echo(), "--plugin-config", config);
    const gateway = await run.address("listening on");
    expect(run.stderr).toContain('configured with {"a":1,"b":["x"]}');
    writeFileSync(config, "a: 2\n");
    run.process.kill("SIGHUP");
    await waitFor(
      () => run.stderr.includes('configured with {"a":2}'),
      () => run.stderr,
    );
    expect((await fetch(gateway)).status).toBe(200);
    writeFileSync(config, "a: [");
    run.process.kill("SIGHUP");
    await waitFor(
      () => run.stderr.includes("was not replaced"),
      () => run.stderr,
    );
    expect((await fetch(gateway)).status).toBe(200);
  });

  test("runs the agent's phase for a Flex policy and makes the clusters it asks for", async () => {
    const upstream = await echo();
    const config = join(testFolder(), "config.txt");
    writeFileSync(config, "http://127.0.0.1:1234/path");
    const policy = await compileToFile("gateway/fixtures/flex-policy", "bare");
    const args = ["--listen", "127.0.0.1:0", "--upstream", upstream, "--admin", "127.0.0.1:0"];
    const flex = ["--plugin-name", "p.ns.api.1", "--plugin-config", config];
    const run = new HostSim(["serve", "--wasm", policy, ...args, ...flex]);
    const dump = await (await fetch(`${await run.address("admin on")}/config_dump`)).text();
    expect(dump).toContain('"svc.ns.svc"');
    expect(dump).toContain('"port_value": 1234');
    expect(dump).toContain('"allow_on_headers_stop_iteration": true');
  });
});

describe("the end", () => {
  test("by SIGTERM lets requests under load end, refuses new ones, and has status 0", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let waiting = 0;
    const upstream = await startUpstream((_request, response) => {
      waiting++;
      void held.then(() => response.end("finished"));
    });
    const run = serve(upstream);
    const gateway = await run.address("listening on");
    const answers = Array.from({ length: 50 }, () =>
      fetch(gateway).then((answer) => answer.text()),
    );
    await waitFor(
      () => waiting === 50,
      () => `50 requests at the upstream, not ${waiting}`,
    );
    run.process.kill("SIGTERM");
    await waitFor(
      () => run.stderr.includes("SIGTERM"),
      () => run.stderr,
    );
    await expect(fetch(gateway)).rejects.toThrow();
    expect(run.status).toBeUndefined();
    release();
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["finished"]));
    expect(await run.ended()).toBe(0);
    expect(run.stderr).toMatch(/done 1\n[^]*delete 1\n/);
  });

  test("is bounded by --drain-time", async () => {
    let waiting = false;
    const upstream = await startUpstream(() => (waiting = true));
    const run = serve(upstream, "--drain-time", "0");
    const answer = fetch(await run.address("listening on")).then(
      () => "answered",
      () => "cut",
    );
    await waitFor(
      () => waiting,
      () => "the request",
    );
    run.process.kill("SIGTERM");
    expect(await run.ended()).toBe(0);
    expect(await answer).toBe("cut");
  });

  test("comes at once by a second signal", async () => {
    let waiting = false;
    const upstream = await startUpstream(() => (waiting = true));
    const run = serve(upstream, "--drain-time", "60");
    void fetch(await run.address("listening on")).catch(() => undefined);
    await waitFor(
      () => waiting,
      () => "the request",
    );
    run.process.kill("SIGINT");
    await waitFor(
      () => run.stderr.includes("SIGINT"),
      () => run.stderr,
    );
    run.process.kill("SIGINT");
    expect(await run.ended()).toBe(1);
  });
});

describe("the admin pages of a running gateway", () => {
  test("count requests and the filter's own metrics, and change the log level live", async () => {
    const run = serve(await echo(), "--admin", "127.0.0.1:0");
    const admin = await run.address("admin on");
    const gateway = await run.address("listening on");
    const page = async (path: string, method = "GET"): Promise<string> =>
      (await fetch(admin + path, { method })).text();
    await fetch(gateway);
    expect(await page("/ready")).toBe("LIVE\n");
    const stats = await page("/stats?usedonly");
    expect(stats).toContain("wasmcustom.requests: 1\n");
    expect(stats).toContain("http.ingress_http.downstream_rq_2xx: 1\n");
    expect(stats).toContain("cluster.upstream.upstream_rq_total: 1\n");
    expect(await page("/stats/prometheus")).toContain("# TYPE requests counter\nrequests{} 1\n");
    expect(run.stderr).not.toContain("only seen at debug");
    expect(await page("/logging?wasm=debug", "POST")).toContain("wasm: debug");
  });
});
