/** Does `host-sim node`, bundled as it is shipped, speak Envoy's protocol, and does the documented configuration start it? */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  readConfigText,
  vendorAddresses,
} from "../../host-sim/src/mock-node/config/read-config.ts";
import { eventually } from "../support/deadline.ts";
import { golden } from "./golden.ts";
import { checkHealth, ProcessStream } from "./support/grpc-client.ts";

const root = resolve(import.meta.dirname, "../..");
let folder: string;
let child: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "host-sim-node-"));
  const build = [join(root, "scripts/build-host-sim.mjs"), join(folder, "dist")];
  execFileSync(process.execPath, build, { stdio: "inherit" });
});
afterAll(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

describe("host-sim node in mode envoy-external-filter", () => {
  it("judges streams and tells its health", async () => {
    const health = "external_health_check: {enabled: true}";
    const file = join(folder, "node.yaml");
    writeFileSync(
      file,
      `mode: envoy-external-filter\nenvoy_external_filter: {address: ':0', ${health}}\nmetrics: {enabled: false}\n`,
    );
    const command = [join(folder, "dist/cli.js"), "node", "--config", file];
    child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout!.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const url = await eventually(
      "it prints its address",
      () => /^external processor on (http:\S+)$/m.exec(output)?.[1],
      15_000,
    );
    const stream = new ProcessStream(url);
    stream.send(golden("request-headers-get"));
    expect(await stream.next()).toEqual(golden("continue-request-headers"));
    stream.close();
    expect(await checkHealth(url)).toEqual(Buffer.from([0x08, 0x01]));
  });
});

describe("a configuration of mode envoy-external-filter", () => {
  const read = (yaml: string): ReturnType<typeof readConfigText> =>
    readConfigText(`mode: envoy-external-filter\n${yaml}`, "node.yaml", vendorAddresses);

  it("listens on the vendor's port, on loopback", () => {
    const { config, warnings } = read("");
    expect(config.mode).toBe("envoy-external-filter");
    expect(config.connector.address).toEqual({ host: "127.0.0.1", port: 5080 });
    expect(warnings).toEqual([]);
  });

  it("is told of keys that have no effect", () => {
    const { warnings } = read("connector: {blocking: true}\nenvoy_external_filter: {mesh: 1}\n");
    expect(warnings[0]).toContain("connector has no effect");
    expect(warnings[1]).toContain("envoy_external_filter.mesh is not a known key");
  });

  it("needs a certificate with its key", () => {
    expect(() => read("envoy_external_filter: {tls_cert: a.crt}\n")).toThrow(
      "envoy_external_filter.tls_cert needs envoy_external_filter.tls_key beside it",
    );
  });

  it("is read without a warning as docs/mock-node.md has it", () => {
    const text = readFileSync(join(root, "docs/mock-node.md"), "utf8");
    const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = ""]) => block);
    const yaml = blocks.find((block) => block.includes("mode: envoy-external-filter")) ?? "";
    const { config, warnings } = readConfigText(yaml, "docs/node.yaml", vendorAddresses);
    expect(warnings).toEqual([]);
    expect(config.connector).toMatchObject({
      key: "envoy_external_filter",
      externalHealthCheck: { enabled: true },
      appReplyTimeout: 5000,
    });
  });
});
