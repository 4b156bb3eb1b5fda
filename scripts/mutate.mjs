/**
 * Would a test fail if the policy decided otherwise? Changes one return value or one branch of the policy at a time, builds
 * the mutant and runs the scenarios on it, until the first one fails. Slow, so no part of `make test`:
 *
 *   npm run mutate                          all mutants, on the simulator
 *   npm run mutate -- --engine envoy        on real Envoy
 *   npm run mutate -- --only http-filter    mutants whose description holds that text
 *   npm run mutate -- --only ext-proc       mutants of the second transport
 *   npm run mutate -- --list                only tells what would be changed
 *
 * Exit status 1 if a mutant survives that is not known to be harmless.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const ROOT = resolve(import.meta.dirname, "..");
const RUN_DEADLINE_MS = 400_000;
/** Thousands of requests at once can miss the shortened deadlines without any mutant. */
const PRESSURE = "**/{pressure,many-at-once}.test.ts";

/** The quick ones first: most mutants don't outlive them. */
const STAGES = ["test/policy/callbacks", "test/scenarios/"];
const EXT_PROC = "assembly/node/ext-proc/";
const EXT_PROC_STAGES = ["test/policy/many-streams", "test/ext-proc/", "test/scenarios/"];

/** Each rule: in which file, what is looked for, and by what else each occurrence is replaced, one at a time. */
const RULES = [
  ...alternatives("assembly/http-filter.ts", "FilterHeadersStatus", ["Continue", "StopIteration"]),
  ...alternatives("assembly/http-filter.ts", "FilterTrailersStatus", ["Continue", "StopIteration"]),
  ...alternatives("assembly/http-filter.ts", "FilterDataStatus", [
    "Continue",
    "StopIterationAndBuffer",
    "StopIterationAndWatermark",
    "StopIterationNoBuffer",
  ]),
  ...alternatives("assembly/failure-mode.ts", "Decision", ["LetThrough", "Refuse"]),
  ...[
    "failure-mode",
    "http-filter",
    "held-request",
    "request-inspection",
    "node/connector/http-reply",
    "node/connector/verdict",
  ].flatMap((name) => swap(`assembly/${name}.ts`, " == ", " != ")),
  ...["http-filter", "held-request", "request-inspection"].flatMap((name) =>
    swap(`assembly/${name}.ts`, " !== null", " === null"),
  ),
  ...swap("assembly/root-context.ts", "return true;", "return false;"),
  ...swap("assembly/root-context.ts", "return false;", "return true;"),
  ...swap("assembly/request-inspection.ts", "return true;", "return false;"),
  ...swap("assembly/request-inspection.ts", "return false;", "return true;"),
  ...[
    "ext-proc-conversation",
    "ext-proc-transport",
    "header-mutation",
    "processing-response",
    "processor-stream",
  ].flatMap((name) => [
    ...swap(`${EXT_PROC}${name}.ts`, " == ", " != "),
    ...swap(`${EXT_PROC}${name}.ts`, " !== null", " === null"),
    ...swap(`${EXT_PROC}${name}.ts`, " || ", " && "),
    ...swap(`${EXT_PROC}${name}.ts`, "= true;", "= false;"),
    ...swap(`${EXT_PROC}${name}.ts`, "return false;", "return true;"),
    ...swap(`${EXT_PROC}${name}.ts`, "return true;", "return false;"),
  ]),
];

/**
 * Survivors that change nothing that anybody could see, each with the reason. A description is `file:occurrence from → to`.
 */
const HARMLESS = new Map(
  JSON.parse(readFileSync(join(import.meta.dirname, "mutate-harmless.json"), "utf8")),
);

/** Replaces each `type.value` by each other value of the type. */
function alternatives(file, type, values) {
  return values.flatMap((from) =>
    values
      .filter((to) => to !== from)
      .map((to) => ({
        file,
        pattern: new RegExp(`\\b${type}\\.${from}\\b`, "g"),
        from,
        to: `${type}.${to}`,
      })),
  );
}

function swap(file, from, to) {
  return [
    { file, pattern: new RegExp(from.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "g"), from, to },
  ];
}

function mutants() {
  return RULES.flatMap(({ file, pattern, to }) => {
    const source = readFileSync(join(ROOT, file), "utf8");
    return [...source.matchAll(pattern)]
      .filter((match) => !isCommentOrImport(source, match.index))
      .map((match) => {
        const text =
          source.slice(0, match.index) + to + source.slice(match.index + match[0].length);
        const line = source.slice(0, match.index).split("\n").length;
        const code = source.split("\n")[line - 1].trim();
        return { file, line, text, name: `${file} ${code} ⇒ ${match[0].trim()} → ${to.trim()}` };
      });
  });
}

function isCommentOrImport(source, index) {
  const start = source.lastIndexOf("\n", index) + 1;
  const line = source.slice(start, index);
  return /^\s*(\/\/|\*|\/\*|import )/.test(line);
}

function run(command, args, options) {
  return spawnSync(command, args, { encoding: "utf8", timeout: RUN_DEADLINE_MS, ...options });
}

/** Path of the mutant's wasm, or undefined if it does not compile. */
function build(mutant, directory) {
  cpSync(join(ROOT, "assembly"), join(directory, "assembly"), { recursive: true });
  cpSync(join(ROOT, "asconfig.json"), join(directory, "asconfig.json"));
  writeFileSync(join(directory, mutant.file), mutant.text);
  const wasm = join(directory, "mutant.wasm");
  const asc = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
  const built = run(process.execPath, [asc, "--target", "debug", "--outFile", wasm], {
    cwd: directory,
  });
  return built.status === 0 ? wasm : undefined;
}

/** What became of a mutant: "killed by …", "does not compile", or "survived". */
function judge(mutant, engine) {
  const directory = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    mkdirSync(join(directory, "build"));
    const wasm = build(mutant, directory);
    if (wasm === undefined) return "does not compile";
    const isExtProc = mutant.file.startsWith(EXT_PROC);
    for (const tests of isExtProc ? EXT_PROC_STAGES : STAGES) {
      const killer = test(wasm, engine, tests);
      if (killer !== undefined) return `killed by ${killer}`;
    }
    return "survived";
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Name of the first test that fails, or undefined. */
function test(wasm, engine, tests) {
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const limits = ["--bail", "1", "--testTimeout", "10000", "--exclude", PRESSURE];
  const tested = run(process.execPath, [vitest, "run", ...limits, "--reporter", "json", tests], {
    cwd: ROOT,
    env: { ...process.env, POLICY_WASM: wasm, ENGINES: engine, DEADLINE_MS: "5000" },
    maxBuffer: 1 << 28,
  });
  return tested.status === 0 ? undefined : firstFailure(tested.stdout);
}

function firstFailure(json) {
  try {
    const { testResults } = JSON.parse(json.slice(json.indexOf("{")));
    const failed = testResults
      .flatMap((file) => file.assertionResults)
      .find((each) => each.status === "failed");
    return failed ? `"${failed.fullName}"` : "a scene that does not begin";
  } catch {
    return "its deadline";
  }
}

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "host-sim" },
    only: { type: "string", default: "" },
    list: { type: "boolean", default: false },
  },
});

const chosen = mutants().filter((each) => each.name.includes(values.only));
if (!values.list) {
  // A policy that fails by itself would "kill" every mutant.
  const untouched = {
    file: "assembly/index.ts",
    text: readFileSync(join(ROOT, "assembly/index.ts"), "utf8"),
  };
  const baseline = judge(untouched, values.engine);
  if (baseline !== "survived") {
    console.error(`the policy as it is: ${baseline}; mend that first`);
    process.exit(2);
  }
}
let survivors = 0;
for (const [index, mutant] of chosen.entries()) {
  const label = `[${index + 1}/${chosen.length}] ${mutant.name} (line ${mutant.line})`;
  if (values.list) {
    console.log(label);
    continue;
  }
  const outcome = judge(mutant, values.engine);
  const reason = outcome === "survived" ? HARMLESS.get(mutant.name) : undefined;
  if (outcome === "survived" && reason === undefined) survivors++;
  console.log(`${label}\n      ${reason === undefined ? outcome : `harmless: ${reason}`}`);
}
if (!values.list) console.log(`${chosen.length} mutants, ${survivors} survived`);
process.exitCode = survivors > 0 ? 1 : 0;
