/** Does `make demo-publish` show how the policy comes to APIs and goes again, truly, and leave nothing behind? */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { DemoRun } from "../demo/demo-run.ts";
import { officialCli } from "../support/anypoint-cli.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DEMO = join(ROOT, "build/demo-publish.mjs");

beforeAll(async () => {
  const script = (name: string): void =>
    void execFileSync(process.execPath, [join(ROOT, "scripts", name)], { stdio: "pipe" });
  for (const name of ["build-demo.mjs", "build-anypoint.mjs"]) script(name);
  if (!existsSync(join(ROOT, "host-sim/dist/cli.js"))) script("build-host-sim.mjs");
  await officialCli();
}, 300_000);

/** In this order; each scene's outcome after its command. */
const PLOT = [
  "1. Before: two APIs behind a Flex Gateway, an attack reaches both",
  ...["orders: passed: right", "stock: passed: right"],
  ...["make release", "both assets are on Exchange: right", "stock: passed: right"],
  ...["make apply API=", "CONFIG=policy.yaml", "orders: blocked: right", "stock: passed: right"],
  ...["GET /orders/42", "orders: passed: right"],
  ...["make automate", "orders: blocked: right", "stock: blocked: right"],
  ...["make status", "gets the policy once", "orders has its own too: right"],
  ...["make release", "wallarm-custom-policy/0.2.0", "both assets are on Exchange: right"],
  ...["make upgrade", "both uses have 0.2.0: right", "orders: blocked: right"],
  ...["make remove ALL=1", "both uses are gone: right"],
  ...["orders: passed: right", "stock: passed: right", "All 9 outcomes are right."],
];

it("plays the whole story to its end", { timeout: 180_000 }, async () => {
  const run = new DemoRun({ ONCE: "1" }, DEMO);
  expect(await run.ended, run.output).toBe(0);
  let from = 0;
  for (const text of PLOT) {
    const at = run.output.indexOf(text, from);
    expect(at, `"${text}" after ${from} in:\n${run.output}`).toBeGreaterThanOrEqual(0);
    from = at + text.length;
  }
  expect(run.output).not.toContain("stand-in-password");
  expect(run.output).not.toContain("WRONG");
  expect(await run.leftovers()).toEqual([]);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("wallarm-demo-publish-"))).toEqual(
    [],
  );
});
