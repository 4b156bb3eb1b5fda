/**
 * Is everything right? Runs lint, formatting, types and every test, says how many checks passed and failed, and leaves the
 * sum in build/checks.json. Exit status 1 if one failed. What is named on the command line goes to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const REPORT = join(ROOT, "build/vitest.json");
const SUM = join(ROOT, "build/checks.json");
const bin = (name) => join(ROOT, "node_modules", name);

const TOOLS = [
  ["ESLint", bin("eslint/bin/eslint.js"), "."],
  ["Prettier", bin("prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."],
  ["TypeScript", bin("typescript/bin/tsc"), "--noEmit"],
];

/** Nothing of an earlier run may be taken for this one's. */
function forgetEarlierRun() {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  for (const file of [REPORT, SUM]) rmSync(file, { force: true });
}

function run(name, ...command) {
  const began = Date.now();
  const { status } = spawnSync(process.execPath, command, { cwd: ROOT, stdio: "inherit" });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${name} (${seconds} s)`);
  return status === 0;
}

function runVitest(args) {
  const reports = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const ok = run("vitest", bin("vitest/vitest.mjs"), "run", ...reports, ...args);
  const sum = readReport();
  // A run that fails without a failed test (a suite that does not load, an error outside of tests) is one failure.
  return { ...sum, failed: sum.failed === 0 && !ok ? 1 : sum.failed };
}

function readReport() {
  try {
    const { testResults } = JSON.parse(readFileSync(REPORT, "utf8"));
    const tests = testResults.flatMap((file) => file.assertionResults);
    const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
    const unloaded = testResults.filter(
      (file) =>
        file.status === "failed" && file.assertionResults.every((t) => t.status !== "failed"),
    ).length;
    return {
      passed: count("passed"),
      failed: count("failed") + unloaded,
      leftOut: count("skipped", "pending", "todo", "disabled"),
    };
  } catch {
    return { passed: 0, failed: 1, leftOut: 0 };
  }
}

forgetEarlierRun();
const tools = TOOLS.map((tool) => run(...tool));
const tests = runVitest(process.argv.slice(2));
const passed = tools.filter(Boolean).length + tests.passed;
const failed = tools.filter((ok) => !ok).length + tests.failed;
writeFileSync(SUM, JSON.stringify({ passed, failed, leftOut: tests.leftOut }));
if (tests.leftOut > 0) console.log(`${tests.leftOut} left out, each with its reason above`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
