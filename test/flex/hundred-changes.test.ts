/** Does a gateway go through a hundred changes under load without a failed request, and without letting one attack through? */
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { compileToFile } from "../support/assembly-script.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { FlexFixture } from "./support/flex-fixture.ts";
import { Load, type Answer, type Shot } from "./support/load.ts";
import { ALL_APIS, api, binding, extension } from "./support/resources.ts";

const CHANGES = 100;
const CLIENTS = 6;
const BODY = "x".repeat(20_000);
const ATTACK = "/?q=%27%20or%201%3D1--";
const SHOTS: Shot[] = [
  { method: "GET", path: "/orders?id=7" },
  { method: "POST", path: "/upload", body: BODY },
  { method: "GET", path: ATTACK },
];

let extensions = "";
beforeAll(async () => {
  const tag = `file://${await compileToFile("flex/fixtures/tag", "bare")}`;
  extensions = extension("wallarm", `file://${POLICY_WASM}`) + extension("tag", tag);
});

async function startNode(): Promise<MockNode> {
  const node = await createMockNode({ route_config: { wallarm_mode: "block" } });
  onTestFinished(() => node.close());
  return node;
}

/** The name of the upstream, and how many bytes it got. */
const counting = (name: string): Promise<string> =>
  startUpstream((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.length));
    request.on("end", () => response.end(`${name} ${bytes}`));
  });

/** Every answer must be whole: of either upstream, or a block where there was an attack. */
function check({ path, body = "" }: Shot, answer: Answer): string | undefined {
  const problem = `${answer.status} ${answer.body.slice(0, 80)}`;
  if (path === ATTACK) return answer.status === 403 ? undefined : problem;
  const whole = ["one", "two"].some((name) => answer.body === `${name} ${body.length}`);
  return answer.status === 200 && whole ? undefined : problem;
}

interface World {
  readonly node: MockNode;
  readonly upstreams: readonly [string, string];
}

/** The n-th state: each differs from the one before in policies, order, configuration, upstream, or APIs. */
function state(n: number, { node, upstreams }: World): string {
  const wallarm = { wallarm_node: node.url, fallback_action: "block", node_timeout_ms: 5_000 + n };
  const bound =
    n % 2 === 0
      ? binding("protect", { policy: "wallarm-impl", target: "a", config: wallarm, order: n })
      : binding("all", { policy: "wallarm-impl", target: ALL_APIS, config: wallarm });
  const policies = n % 3 === 0 ? [] : [{ name: "tag-impl", config: { tag: `t${n}` } }];
  const upstream = upstreams[n % 5 === 0 ? 1 : 0];
  const second = n % 4 === 0 ? api("b", { address: "http://127.0.0.2:0", upstream }) : "";
  return api("a", { address: "http://127.0.0.1:0", upstream, policies }) + second + bound;
}

test("a hundred changes under load", async () => {
  const upstreams = [await counting("one"), await counting("two")] as const;
  const world = { node: await startNode(), upstreams };
  const fixture = new FlexFixture();
  fixture.write("extensions.yaml", extensions);
  fixture.write("apis.yaml", state(0, world));
  const [url] = await fixture.serving("--log-level", "warning", "--admin", "127.0.0.1:0");
  const admin = await fixture.run.address("admin on");
  const load = new Load(url!, SHOTS, CLIENTS, check);
  for (let n = 1; n <= CHANGES; n++) {
    fixture.write("apis.yaml", state(n, world));
    await expect
      .poll(() => applied(admin), { interval: 10, timeout: 10_000 })
      .toContain(String(5_000 + n));
    expect(load.failures).toEqual([]);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.answers).toBeGreaterThan(CHANGES * 3);
  // Nobody had to connect anew.
  expect(load.connections.size).toBe(CLIENTS);
  expect(fixture.run.stderr).not.toMatch(/\[(error|critical)\]/);
  // What was replaced is gone: contexts, clusters, listeners.
  const gone = /"draining": \{\s*"apis": 0,\s*"root_contexts": 0,\s*"clusters": 0\s*\}/;
  await expect.poll(() => applied(admin), { timeout: 5_000 }).toMatch(gone);
  expect(await applied(admin)).toContain(`"url": "${url}"`);
  // One for each module and API.
  expect(await stat(admin, "wasm.envoy.wasm.runtime.v8.active")).toBeLessThanOrEqual(4);
  fixture.run.process.kill("SIGTERM");
  expect(await fixture.run.ended()).toBe(0);
}, 120_000);

async function applied(admin: string): Promise<string> {
  return (await fetch(`${admin}/config_dump`)).text();
}

async function stat(admin: string, name: string): Promise<number> {
  const text = await (await fetch(`${admin}/stats?filter=^${name}$`)).text();
  return Number(/: (\d+)/.exec(text)?.[1]);
}
