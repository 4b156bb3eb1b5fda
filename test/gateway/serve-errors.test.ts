/** What does bad input to `host-sim serve` get? One line that helps, exit status 2, and no stack trace. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { HostSim } from "./support/serve-process.ts";

const folder = mkdtempSync(join(tmpdir(), "host-sim-serve-"));
afterAll(() => rmSync(folder, { recursive: true }));
let filter = "";
let flexPolicy = "";
let unknownImport = "";

beforeAll(async () => {
  filter = await compileToFile("gateway/fixtures/pass-through", "bare");
  flexPolicy = await compileToFile("gateway/fixtures/flex-policy", "bare");
  unknownImport = await compileToFile("gateway/fixtures/unknown-import", "bare");
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const LISTEN = ["--listen", "127.0.0.1:0"];
const UPSTREAM = ["--upstream", "http://127.0.0.1:9"];
const serve = (wasm: string, ...more: string[]): string[] => [
  "serve",
  "--wasm",
  wasm,
  ...LISTEN,
  ...UPSTREAM,
  ...more,
];
const CONFIG = '{"wallarm_node": "http://127.0.0.1:9", "tpyo": 1}';
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const cases: [string, () => string[], string][] = [
  ["an unknown flag", () => serve(filter, "--wams", "x"), "unknown option '--wams'"],
  ["an unknown command", () => ["server"], "unknown command 'server'"],
  [
    "a flag that is missing",
    () => ["serve", "--wasm", filter, ...LISTEN],
    "'--upstream <url>' not specified",
  ],
  ["an argument too many", () => serve(filter, "more"), "too many arguments"],
  [
    "a missing wasm file",
    () => serve("nowhere.wasm"),
    "--wasm nowhere.wasm: there is no such file",
  ],
  ["a folder as file", () => serve(filter, "--plugin-config", folder), "it is a directory"],
  [
    "a wasm file that is text",
    () => serve(file("text.wasm", "hello")),
    "is not a WebAssembly module",
  ],
  [
    "a wasm file that is no filter",
    () => serve(file("empty.wasm", EMPTY_MODULE)),
    "is not a proxy-wasm module",
  ],
  ["an import nobody provides", () => serve(unknownImport), "imports env.proxy_make_coffee"],
  [
    "a configuration that the filter refuses",
    () => serve(filter, "--plugin-config", file("refuse.txt", "refuse")),
    "proxy_on_configure failed: limit is -1; allowed are 0 and more",
  ],
  [
    "a configuration that traps the filter",
    () => serve(filter, "--plugin-config", file("trap.txt", "trap")),
    "proxy_on_configure failed",
  ],
  [
    "YAML that is none",
    () => serve(filter, "--plugin-config", file("bad.yaml", "a: [1")),
    "bad.yaml: not YAML",
  ],
  [
    "a policy that refuses the agent",
    () =>
      serve(flexPolicy, "--plugin-name", "p.ns.1", "--plugin-config", file("refuse.txt", "refuse")),
    "flex_on_policy_initialize failed",
  ],
  [
    "no Flex ABI with --flex on",
    () => serve(filter, "--flex", "on"),
    "does not export flex_abi_version_0_1_0",
  ],
  [
    "a bad address",
    () => ["serve", "--wasm", filter, "--listen", "here", ...UPSTREAM],
    "--listen here: expected HOST:PORT",
  ],
  [
    "a port out of range",
    () => ["serve", "--wasm", filter, "--listen", "h:70000", ...UPSTREAM],
    "h:70000: expected",
  ],
  [
    "an address of another machine",
    () => ["serve", "--wasm", filter, "--listen", "192.0.2.1:0", ...UPSTREAM],
    "no such address",
  ],
  [
    "an upstream that is no URL",
    () => ["serve", "--wasm", filter, ...LISTEN, "--upstream", "host"],
    '--upstream: "host" is not a URL',
  ],
  [
    "an upstream of another scheme",
    () => serve(filter, "--cluster", "n=ftp://n"),
    "scheme must be http, https, h2",
  ],
  [
    "an upstream with a path, which nothing would look at",
    () => ["serve", "--wasm", filter, ...LISTEN, "--upstream", "http://127.0.0.1:9/api"],
    '--upstream: "http://127.0.0.1:9/api": only scheme, host and port count',
  ],
  [
    "a cluster with credentials",
    () => serve(filter, "--cluster", "n=http://user:secret@n"),
    "only scheme, host and port count",
  ],
  [
    "a cluster on port 0",
    () => serve(filter, "--cluster", "n=http://n:0"),
    "the port must be from 1 to 65535",
  ],
  [
    "a configuration that the filter refuses",
    () => serve(POLICY_WASM, "--plugin-config", file("bad.json", '{"wallarm_node": 5}')),
    "configuration refused: wallarm_node: 5 ",
  ],
  ["a cluster without name", () => serve(filter, "--cluster", "http://n"), "expected NAME=VALUE"],
  [
    "a cluster given twice",
    () => serve(filter, "--cluster", "a=http://n", "--cluster", "a=http://m"),
    "a is given twice",
  ],
  [
    "a buffer limit of text",
    () => serve(filter, "--buffer-limit", "1MB"),
    "--buffer-limit 1MB: expected a whole number",
  ],
  [
    "a switch with a strange value",
    () => serve(filter, "--allow-on-headers-stop-iteration=maybe"),
    "expected true or false",
  ],
  [
    "a log level that is none",
    () => serve(filter, "--log-level", "loud"),
    "--log-level loud: expected one of trace",
  ],
];

test.each(cases)("%s", async (_title, args, line) => {
  const run = new HostSim(args());
  expect(await run.ended()).toBe(2);
  expect(run.stderr).toMatch(/^host-sim: [^\n]*\n$/);
  expect(run.stderr).toContain(line);
  expect(run.stdout).toBe("");
});

test.each(["--listen", "--admin"])("a port in use for %s", async (option) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const policy = serve(
    POLICY_WASM,
    "--plugin-config",
    file("p.json", '{"wallarm_node": "http://127.0.0.1:9"}'),
  );
  const run = new HostSim([...policy, option, taken]);
  expect(await run.ended()).toBe(2);
  const reason = "the address is already in use; stop what listens there, or take port 0";
  expect(run.stderr).toBe(`host-sim: ${option} ${taken}: ${reason}\n`);
});

test("what the filter warned of before a start that fails is told too", async () => {
  const config = file("warned.json", CONFIG);
  const run = new HostSim([
    ...serve(POLICY_WASM, "--plugin-config", config),
    "--listen",
    "192.0.2.1:0",
  ]);
  expect(await run.ended()).toBe(2);
  expect(run.stderr).toMatch(
    /tpyo is no parameter.*\nhost-sim: --listen 192\.0\.2\.1:0: [^\n]*\n$/,
  );
  expect(run.stderr.split("\n")).toHaveLength(3);
});
