/**
 * Does `host-sim anypoint`, bundled as it is shipped, say where it is, refuse mistakes in one line, keep its state and stop when
 * told? And does a gateway that reads what it writes block what the policy, once applied, finds?
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { eventually, within } from "../support/deadline.ts";
import { PlatformClient } from "./platform-client.ts";
import { implementationMetadata } from "./policy-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const POLICY_WASM = process.env.POLICY_WASM ?? join(ROOT, "build/wallarm-policy.wasm");

let folder: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "host-sim-anypoint-"));
  const build = join(ROOT, "scripts/build-host-sim.mjs");
  execFileSync(process.execPath, [build, join(folder, "dist")], { stdio: "inherit" });
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [join(folder, "dist/cli.js"), ...args], { cwd: folder });
  started.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exit = once(child, "close").then(([code]) => code as number | null);
  return { child, output, exit };
}

/** What follows `name` in its output, as soon as it is printed. */
function told({ output, child }: Run, pattern: RegExp): Promise<string> {
  return eventually(`${pattern.source} is printed`, () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${output.stderr}`);
    return pattern.exec(output.stdout)?.[1];
  });
}

interface Running extends Run {
  readonly client: PlatformClient;
  readonly caFile: string;
  readonly pageUrl: string;
}

async function start(...args: string[]): Promise<Running> {
  const running = run(
    "anypoint",
    "--listen",
    "0",
    "--page",
    "0",
    "--publication-delay",
    "0",
    ...args,
  );
  const caFile = resolve(folder, await told(running, /^NODE_EXTRA_CA_CERTS=(.+)\n/m));
  const url = await told(running, /^platform on (.+)\n/m);
  const pageUrl = await told(running, /^page on (.+)\n/m);
  return { ...running, caFile, pageUrl, client: await PlatformClient.login({ url, caFile }) };
}

describe("host-sim anypoint", () => {
  it("says where it is, serves its page from the bundle, and stops when told", async () => {
    const { output, pageUrl, client, child, exit } = await start("--state", join(folder, "one"));
    expect(output.stdout).toMatch(/^ANYPOINT_HOST=127\.0\.0\.1:\d+$/m);
    for (const [path, text] of [
      ["", "Anypoint stand-in"],
      ["page.js", "textContent"],
      ["page.css", "--ground"],
    ]) {
      expect(await (await fetch(`${pageUrl}/${path}`)).text()).toContain(text);
    }
    await client.close();
    child.kill("SIGTERM");
    expect(await within("it stops", exit)).toBe(0);
    expect(output.stderr).toBe("");
  });

  it("keeps its state when it is killed", async () => {
    const state = join(folder, "killed");
    const first = await start("--state", state);
    await first.client.publishPolicy();
    first.child.kill("SIGKILL");
    await first.exit;
    const second = await start("--state", state);
    expect((await second.client.call("GET", "/exchange/api/v2/assets")).body).toHaveLength(2);
  });

  it("logs in whom its accounts file names, and nobody else", async () => {
    const file = join(folder, "accounts.yaml");
    writeFileSync(
      file,
      `organizations:
  - {id: g1, name: Mine, environments: [{id: e1, name: Test, type: sandbox, isProduction: false}]}
connectedApps:
  - {clientId: app, clientSecret: s3cret, organizations: [g1]}
`,
    );
    const args = [
      "--listen",
      "0",
      "--page",
      "0",
      "--state",
      join(folder, "accounts"),
      "--accounts",
      file,
    ];
    const running = run("anypoint", ...args);
    const caFile = await told(running, /^NODE_EXTRA_CA_CERTS=(.+)\n/m);
    const client = new PlatformClient({ url: await told(running, /^platform on (.+)\n/m), caFile });
    const app = { client_id: "app", client_secret: "s3cret", grant_type: "client_credentials" };
    client.token = (
      await client.call("POST", "/accounts/api/v2/oauth2/token", app)
    ).body.access_token;
    const { body } = await client.call("GET", "/accounts/api/users/me");
    expect(body.memberOfOrganizations).toMatchObject([{ id: "g1", name: "Mine", isRoot: true }]);
    const login = { username: "developer", password: "stand-in-password" };
    expect((await client.call("POST", "/accounts/login", login)).status).toBe(401);
    await client.close();
  });

  it.each([
    [["--listen", "nowhere"], "--listen nowhere: expected HOST:PORT"],
    [["--publication-delay", "soon"], "--publication-delay soon: expected a whole number"],
    [["--gateway-version", "new"], "--gateway-version new: expected a version"],
    [["--accounts", "nothing.yaml"], "nothing.yaml: there is no such file"],
    [
      ["--accounts", "wrong.yaml"],
      "wrong.yaml: organizations.0 must have required property 'name'",
    ],
    [["--accounts", "lost.yaml"], "lost.yaml: organizations has no g2"],
    [["--state", "broken"], "broken/state.json: not JSON"],
    [["--state", "dist/cli.js"], "dist/cli.js/files"],
  ])("ends with status 2 and one line at %j", async (args, line) => {
    writeFileSync(join(folder, "wrong.yaml"), "organizations: [{id: g1, environments: []}]\n");
    writeFileSync(
      join(folder, "lost.yaml"),
      "organizations: [{id: g1, name: n, environments: []}]\n" +
        "users: [{username: u, password: p, organizations: [g2]}]\n",
    );
    mkdirSync(join(folder, "broken"), { recursive: true });
    writeFileSync(join(folder, "broken/state.json"), "{");
    const { output, exit } = run("anypoint", "--listen", "0", "--page", "0", ...args);
    expect(await within("it ends", exit)).toBe(2);
    expect(output.stderr).toContain(`host-sim: ${line}`);
    expect(output.stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("Traffic through a gateway that follows the stand-in", () => {
  let node: MockNode;
  const api = createServer((_, response) => response.end("from the API"));

  beforeAll(async () => {
    node = await createMockNode({ route_config: { wallarm_mode: "block" } });
    api.listen(0, "127.0.0.1");
    await once(api, "listening");
  });
  afterAll(async () => {
    await node.close();
    api.close();
  });

  it("is blocked once the policy is applied, and flows again when it is removed", async () => {
    const confDir = join(folder, "conf");
    const { client } = await start("--state", join(folder, "traffic"), "--conf-dir", confDir);
    await client.definition();
    const files = {
      "files.binary.wasm": readFileSync(POLICY_WASM),
      "files.metadata.yaml": implementationMetadata,
    };
    await client.implementation("test-policy-flex", { files });
    const port = await freePort();
    const id = await client.manage("orders", port);
    const uri = `http://127.0.0.1:${(api.address() as AddressInfo).port}/`;
    await client.call("PATCH", `${client.apis()}/${id}`, { endpoint: { uri } });

    const gateway = run("flex", "--conf-dir", confDir);
    const url = await told(gateway, /^listening on (\S+)/m);
    const attack = async (): Promise<number> => (await fetch(`${url}/?x=../../etc/passwd`)).status;
    await eventually("the attack arrives", async () => (await attack()) === 200);

    const configurationData = {
      node: node.url,
      wallarm_node: node.url,
      real_ip_header: "x-forwarded-for",
    };
    const applied = await client.apply(id, { configurationData });
    expect(applied.status).toBe(201);
    await eventually("the attack is blocked", async () => (await attack()) === 403);
    expect((await fetch(`${url}/?x=1`)).status).toBe(200);

    await client.call("DELETE", `${client.apis()}/${id}/policies/${applied.body.id}`);
    await eventually("the attack arrives again", async () => (await attack()) === 200);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
