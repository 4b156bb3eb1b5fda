/**
 * Is everything right? Runs lint, formatting, types and the tests, says how many checks passed and failed, and which files took
 * longest, and leaves the sum in build/checks.json. Exit status 1 if one failed. The first argument says how much is tested:
 * `all`; `slice`: of each product of engines, transports and faults what the seed SLICE chooses (test/support/slice.ts), by default
 * that of the commit; `quick`: a few rooms. All further ones go to vitest.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const REPORT = join(ROOT, "build/vitest.json");
const SUM = join(ROOT, "build/checks.json");
const bin = (name) => join(ROOT, "node_modules", name);

const TOOLS = [
  ["ESLint", bin("eslint/bin/eslint.js"), "."],
  ["Prettier", bin("prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."],
  ["TypeScript", bin("typescript/bin/tsc"), "--noEmit"],
];

/** Rooms whose tests are the first to notice that something broke, within a minute. */
const QUICK = ["as-proxy-wasm", "docs", "policy"];

/** One commit has one slice, so that what failed in CI fails here too. */
function seedOfCommit() {
  try {
    return execFileSync("git", ["rev-parse", "--short=7", "HEAD"], { cwd: ROOT, stdio: "pipe" })
      .toString()
      .trim();
  } catch {
    return "none"; // unpacked from an archive
  }
}

function plan(extent) {
  if (extent === "all") return { args: [], env: {} };
  if (extent === "slice") {
    const seed = process.env.SLICE || seedOfCommit();
    console.log(
      `The slice of seed ${seed} (SLICE=${seed} repeats it; make test-all plays everything)`,
    );
    return { args: [], env: { SLICE: seed } };
  }
  const rooms = QUICK.map((room) => `test/${room}/`);
  return { args: rooms, env: { ENGINES: "host-sim", SLICE: "quick" } };
}

/** Nothing of an earlier run may be taken for this one's. */
function forgetEarlierRun() {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  for (const file of [REPORT, SUM]) rmSync(file, { force: true });
}

function tell(name, began, ok) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? "ok" : "FAILED"}: ${name} (${seconds} s)`);
  return ok;
}

/** What it says is shown when it has ended: others run beside it. */
async function runTool([name, ...command]) {
  const began = Date.now();
  const tool = spawn(process.execPath, command, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [tool.stdout, tool.stderr]) stream.on("data", (data) => said.push(data));
  const [status] = await once(tool, "close");
  process.stdout.write(Buffer.concat(said));
  return tell(name, began, status === 0);
}

function runVitest({ args, env }, given) {
  const reports = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const command = [bin("vitest/vitest.mjs"), "run", ...reports, ...args, ...given];
  const began = Date.now();
  const { status } = spawnSync(process.execPath, command, {
    ...{ cwd: ROOT, stdio: "inherit" },
    env: { ...process.env, ...env },
  });
  const ok = tell("vitest", began, status === 0);
  const sum = readReport();
  // A run that fails without a failed test (a suite that does not load, an error outside of tests) is one failure.
  return { ...sum, failed: sum.failed === 0 && !ok ? 1 : sum.failed };
}

function readReport() {
  try {
    const { testResults } = JSON.parse(readFileSync(REPORT, "utf8"));
    tellSlowest(testResults);
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

function tellSlowest(files) {
  const took = ({ startTime, endTime }) => (endTime - startTime) / 1000;
  console.log("The ten slowest files, in seconds:");
  for (const file of [...files].sort((a, b) => took(b) - took(a)).slice(0, 10)) {
    console.log(`${took(file).toFixed(1).padStart(7)}  ${relative(ROOT, file.name)}`);
  }
}

const [extent = "slice", ...given] = process.argv.slice(2);
forgetEarlierRun();
const tools = await Promise.all(TOOLS.map(runTool));
const tests = runVitest(plan(extent), given);
const passed = tools.filter(Boolean).length + tests.passed;
const failed = tools.filter((ok) => !ok).length + tests.failed;
writeFileSync(SUM, JSON.stringify({ passed, failed, leftOut: tests.leftOut }));
if (tests.leftOut > 0) console.log(`${tests.leftOut} left out, each with its reason above`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
