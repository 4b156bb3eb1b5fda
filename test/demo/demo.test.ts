/** Does `make demo` show what it promises, tell the truth about it, and leave nothing behind? */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileExample } from "../support/assembly-script.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { DemoRun } from "./demo-run.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "demo-"));
/** A filter that looks at nothing: whoever shows it must not say that it protects. */
const IDLE_FILTER = join(directory, "idle.wasm");

const script = (...args: readonly string[]): void =>
  void execFileSync(process.execPath, args, { cwd: ROOT, stdio: "pipe" });

beforeAll(async () => {
  script("scripts/build-demo.mjs");
  if (!existsSync(join(ROOT, "host-sim/dist/cli.js"))) script("scripts/build-host-sim.mjs");
  copyFileSync(await compileExample("add-header"), IDLE_FILTER);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const PLOT = [
  "1. An ordinary request",
  "200, the API gets it: right",
  "no attack was found",
  "GET /etc/passwd",
  "the API sees nothing: right",
  "attack ptrav, rule ",
  "3. An SQL injection in a JSON body",
  "the API sees nothing: right",
  "attack sqli, rule ",
  "4. The same in async mode",
  "200, the API gets it: right",
  "attack sqli, rule ",
  "5. The same with the node gone, fallback_action: pass",
  "200, the API gets it: right",
  "let through by fallback_action: node unreachable",
  "6. The same with the node gone, fallback_action: block",
  "the API sees nothing: right",
  "blocked by fallback_action: node unreachable",
  "7. The same with the node back again",
  "the API sees nothing: right",
  "All 7 outcomes are right.",
];

/** What of `texts` is missing, where each must come after the one before. */
function missingInOrder(output: string, texts: readonly string[]): string | undefined {
  let from = 0;
  return texts.find((text) => {
    const at = output.indexOf(text, from);
    from = at + text.length;
    return at < 0;
  });
}

describe.concurrent("the demo", { timeout: 60_000 }, () => {
  const noEnvoy = installedEnvoy() === undefined;
  const reason = noEnvoy ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";

  for (const engine of ["host-sim", "envoy"]) {
    const isOut = engine === "envoy" && noEnvoy;
    test.skipIf(isOut)(`plays to its end on ${engine}${isOut ? reason : ""}`, async () => {
      const run = new DemoRun({ ONCE: "1", ENGINE: engine });
      expect(await run.ended, run.output).toBe(0);
      expect(missingInOrder(run.output, PLOT), run.output).toBeUndefined();
      expect(run.output).not.toContain("\x1b");
      expect(run.addresses.length).toBeGreaterThanOrEqual(3);
      expect(await run.leftovers()).toEqual([]);
    });
  }

  test("fails and names each outcome that is wrong, where the filter does not protect", async () => {
    const run = new DemoRun({ ONCE: "1", POLICY_WASM: IDLE_FILTER });
    expect(await run.ended).toBe(1);
    expect(run.output).toContain("7 of 7 are wrong: 1 (An ordinary request), 2 (A path traversal)");
    expect(run.output).toContain("nothing there that says why");
    expect(await run.leftovers()).toEqual([]);
  });

  test("stays with its page until Ctrl-C, then ends with status 0 and leaves nothing", async () => {
    const run = new DemoRun({});
    await run.saw("Ctrl-C");
    const page = /Attacks page +(http:\S+)/.exec(run.output)?.[1];
    expect(await (await fetch(page!)).text()).toContain("<title>");
    const { attacks } = (await (await fetch(`${page}api/attacks`)).json()) as { attacks: object[] };
    expect(attacks.length).toBeGreaterThanOrEqual(2);
    run.signal("SIGINT");
    expect(await run.ended).toBe(0);
    expect(await run.leftovers()).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "interrupted by %s in the middle, says so and leaves nothing",
    async (name, status) => {
      const run = new DemoRun({ ONCE: "1" });
      await run.saw("1. An ordinary request");
      run.signal(name);
      expect(await run.ended).toBe(status);
      expect(await run.leftovers()).toEqual([]);
    },
  );

  test.each([
    ["ENGINE", "nginx", /^demo: ENGINE=nginx: allowed: host-sim, envoy\n$/],
    ["POLICY_WASM", "/nowhere.wasm", /^demo: \/nowhere\.wasm is not there: run `make build`.*\n$/],
  ])("refuses %s=%s in one line", async (name, value, line) => {
    const run = new DemoRun({ ONCE: "1", [name]: value });
    expect(await run.ended).toBe(2);
    expect(run.output).toMatch(line);
  });
});
