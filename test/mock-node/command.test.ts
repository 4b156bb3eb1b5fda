/** Does `host-sim node`, bundled as it is shipped, say where it is, refuse mistakes in one line, and stop when told? */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { attackPath, requestMessage, verdict } from "./connector-client.ts";

const build = resolve(import.meta.dirname, "../../scripts/build-host-sim.mjs");
let folder: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "host-sim-node-"));
  execFileSync(process.execPath, [build, join(folder, "dist")], { stdio: "inherit" });
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [join(folder, "dist/cli.js"), "node", ...args], {
    cwd: folder,
  });
  started.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exit = once(child, "close").then(([code]) => code as number | null);
  return { child, output, exit };
}

function configured(yaml: string): string {
  const file = join(folder, "node.yaml");
  writeFileSync(file, yaml);
  return file;
}

/** The address behind `name on`, as soon as it is printed. */
async function addressOf({ child, output }: Run, name: string): Promise<string> {
  for (;;) {
    const found = new RegExp(`^${name} on (\\S+)$`, "m").exec(output.stdout)?.[1];
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`host-sim node ended: ${output.stderr}`);
    await once(child.stdout!, "data");
  }
}

const free = "connector: {address: ':0'}\nmetrics: {listen_address: ':0'}\n";

describe("host-sim node", () => {
  it("prints its addresses, serves there, page and all, and ends with 0 on SIGTERM", async () => {
    const running = run("--config", configured(`${free}route_config: {wallarm_mode: block}`));
    const metrics = await addressOf(running, "metrics");
    const pageUrl = await addressOf(running, "attacks page");
    const connector = await addressOf(running, "connector");
    expect(await verdict(connector, requestMessage({ path: attackPath }))).toMatchObject({
      action: "block",
    });
    expect(await (await fetch(metrics)).text()).toContain("requests_blocked_total 1");
    for (const path of ["/", "/page.js", "/page.css"])
      expect((await fetch(pageUrl + path)).status).toBe(200);
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(running.output.stdout.split("\n")).toHaveLength(4);
    expect(running.output.stderr).toMatch(
      / info POST \/connector\/v1\/messages 200 peer=127\.0\.0\.1:/,
    );
  });

  it("warns of unknown keys, and starts", async () => {
    const running = run("--config", configured(`${free}rout_config: {}`));
    await addressOf(running, "metrics");
    expect(running.output.stderr).toMatch(
      /^host-sim: warning: .*node\.yaml:3:1: rout_config is not a known key/,
    );
  });

  it("writes the access log as JSON where log.pretty is false, and nothing where it is off", async () => {
    const log = "log: {pretty: false, access_log: {log_file: stdout, verbose: false}}";
    const running = run("--config", configured(free + log));
    await verdict(await addressOf(running, "connector"), requestMessage());
    await expect
      .poll(() => running.output.stdout)
      .toContain('"message":"POST /connector/v1/messages 200"');
    expect(running.output.stderr).toBe("");
  });

  it.each<[string, () => string[], RegExp]>([
    ["no --config", () => [], /^host-sim: required option '--config <file>' not specified\n$/],
    [
      "a file that is not there",
      () => ["--config", "absent.yaml"],
      /^host-sim: absent\.yaml: there is no such file\n$/,
    ],
    ["a folder", () => ["--config", folder], /^host-sim: \S+: it is a directory\n$/],
    [
      "a mistake",
      () => ["--config", configured("connector:\n  blocking: maybe")],
      /^host-sim: \S+node\.yaml:2:13: connector\.blocking is "maybe": must be true or false\n$/,
    ],
    [
      "a fault that is not known",
      () => ["--config", configured(`${free}mock: {faults: [{fault: explode}]}`)],
      /^host-sim: \S+node\.yaml: mock\.faults\[0\]\.fault is "explode": must be one of .*\n$/,
    ],
    [
      "a certificate that is not there",
      () => ["--config", configured("connector: {tls_cert: a.pem, tls_key: b.pem}")],
      /^host-sim: \S+a\.pem: there is no such file\n$/,
    ],
    [
      "an address of another machine",
      () => ["--config", configured("connector: {address: '192.0.2.1:0'}")],
      /^host-sim: 192\.0\.2\.1:\d+: this machine has no such address\n$/,
    ],
    [
      "an unknown flag",
      () => ["--config", "a.yaml", "--verbose"],
      /^host-sim: unknown option '--verbose'\n$/,
    ],
  ])("with %s ends with 2 and one line", async (_, args, line) => {
    const { exit, output } = run(...args());
    expect(await exit).toBe(2);
    expect(output.stderr).toMatch(line);
    expect(output.stdout).toBe("");
  });

  it("with a port in use ends with 2 and one line, whichever of its three", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const at = `':${port}'`;
    for (const yaml of [
      `connector: {address: ${at}}\nmetrics: {enabled: false}`,
      `${free}mock: {address: ${at}}`,
      `connector: {address: ':0'}\nmetrics: {listen_address: ${at}}`,
    ]) {
      const { exit, output } = run("--config", configured(yaml));
      expect(await exit).toBe(2);
      expect(output.stderr).toMatch(
        new RegExp(`^host-sim: 127\\.0\\.0\\.1:${port}: the address is already in use.*\\n$`),
      );
    }
    taken.close();
  });
});
