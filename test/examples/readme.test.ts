/** Do the READMEs of the examples tell the truth? Their commands are run as they stand, only on other ports. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { lessonsOf, runCommands } from "./readme-commands.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DEADLINE_MS = 50_000;
/** Ports that the READMEs and their envoy.yaml name. */
const PORTS = ["10000", "9000", "9001"];

beforeAll(() => {
  if (existsSync(join(ROOT, "host-sim/dist/cli.js"))) return;
  execFileSync(process.execPath, [join(ROOT, "scripts/build-host-sim.mjs")], { cwd: ROOT });
});

/** A free port for each of PORTS. */
async function otherPorts(): Promise<Map<string, string>> {
  const servers = await Promise.all(
    PORTS.map(async (port) => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((listening) => server.once("listening", listening));
      return [port, server] as const;
    }),
  );
  return new Map(
    servers.map(([port, server]) => {
      const free = String((server.address() as AddressInfo).port);
      server.close();
      return [port, free];
    }),
  );
}

function withPorts(text: string, ports: Map<string, string>): string {
  return text.replace(new RegExp(`\\b(${PORTS.join("|")})\\b`, "g"), (port) => ports.get(port)!);
}

/** The commands with free ports, and the Envoy that the tests use; envoy.yaml is copied with the same ports. */
async function prepare(commands: string, directory: string): Promise<string> {
  const ports = await otherPorts();
  const yaml = join(directory, "build", `envoy-${ports.get("10000")}.yaml`);
  if (commands.includes("envoy.yaml")) {
    writeFileSync(yaml, withPorts(readFileSync(join(directory, "envoy.yaml"), "utf8"), ports));
  }
  return withPorts(commands, ports)
    .replace("-c envoy.yaml", `-c ${yaml}`)
    .replace("../../.venv/bin/envoy", `${installedEnvoy()} --base-id ${ports.get("9000")}`);
}

describe.each(["add-header", "http-call"])("examples/%s/README.md", (name) => {
  const directory = join(ROOT, "examples", name);
  const lessons = lessonsOf(join(directory, "README.md"));

  it("has a lesson for the simulator and one for Envoy", () => {
    expect(lessons.map(({ heading }) => heading)).toEqual(["In the simulator", "On Envoy"]);
  });

  for (const { heading, commands, promised } of lessons) {
    const missing = heading === "On Envoy" && installedEnvoy() === undefined;
    const reason = missing ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";
    it.skipIf(missing)(`does what it says: ${heading}${reason}`, { timeout: 60_000 }, async () => {
      const output = await runCommands(await prepare(commands, directory), directory, DEADLINE_MS);
      const lines = output.replaceAll("\r", "").split("\n");
      let from = 0;
      for (const line of promised) {
        const at = lines.findIndex(
          (one, i) => i >= from && one.toLowerCase() === line.toLowerCase(),
        );
        expect(at, `"${line}" is not in its place in:\n${output}`).toBeGreaterThanOrEqual(0);
        from = at + 1;
      }
    });
  }
});

it("adding a header takes less than 12 KB of wasm", () => {
  expect(statSync(join(ROOT, "examples/add-header/build/add-header.wasm")).size).toBeLessThan(
    12_000,
  );
});
