/**
 * Would a test fail if the policy decided otherwise? Changes one piece of the policy at a time (scripts/mutation/rules.mjs), builds
 * the mutant and runs the tests that are to notice it (scripts/mutation/tests.mjs), until the first one fails.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Judges } from "./mutation/judges.mjs";
import { mutantsOf, SOURCES } from "./mutation/rules.mjs";
import { testsFor } from "./mutation/tests.mjs";

const USAGE = `usage: npm run mutate -- [options]

  --only TEXT      mutants whose description holds that text, e.g. a file's name; may be given several times
  --new            those that were never judged
  --survivors      those that survived when they were judged last
  --stages N       only the first N of three stages of tests (1: a second each): a first look at what may survive
  --engine NAME    envoy in place of host-sim
  --list           only tell what would be changed
  --summary        only tell what is known of all of them
  --help

What became of each is kept in build/mutants.json. Exit status 1 if one survives that scripts/mutation/harmless.json does not explain.
`;

const ROOT = resolve(import.meta.dirname, "..");
const RECORD = join(ROOT, "build/mutants.json");
const HARMLESS = new Map(
  JSON.parse(readFileSync(join(ROOT, "scripts/mutation/harmless.json"), "utf8")),
);

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    new: { type: "boolean", default: false },
    survivors: { type: "boolean", default: false },
    stages: { type: "string", default: "3" },
    engine: { type: "string", default: "host-sim" },
    list: { type: "boolean", default: false },
    summary: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Name of a mutant → what became of it. */
const record = readRecord();
const all = mutantsOf(ROOT);
const chosen = all.filter(({ name }) => isWanted(name) && isDue(name));

if (values.help) console.log(USAGE);
else if (values.summary) summarize();
else if (values.list) chosen.forEach((mutant, index) => console.log(label(mutant, index)));
else process.exitCode = (await judgeAll()) ? 0 : 1;

function readRecord() {
  try {
    return new Map(JSON.parse(readFileSync(RECORD, "utf8")));
  } catch {
    return new Map(); // the first run
  }
}

function isWanted(name) {
  return values.only.length === 0 || values.only.some((text) => name.includes(text));
}

function isDue(name) {
  if (!values.new && !values.survivors) return true;
  const last = record.get(name)?.outcome;
  const isSurvivor = last === "survived" && !HARMLESS.has(name);
  return (values.new && last === undefined) || (values.survivors && isSurvivor);
}

function label({ name, line, column }, index) {
  return `[${index + 1}/${chosen.length}] ${name} (${line}:${column})`;
}

/** True: none survives. */
async function judgeAll() {
  const judges = new Judges(ROOT, values.engine);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      judges.end();
      process.exit(2);
    });
  }
  let survivors = 0;
  try {
    for (const [index, mutant] of chosen.entries()) {
      if (index === 0 && !values.new && !values.survivors)
        await expectSurvival(judges, mutant.file);
      const begun = Date.now();
      const answer = await judges.ask(mutant.file, mutant.text, testsOf(mutant.file));
      keep(mutant.name, { ...answer, ms: Date.now() - begun });
      const reason = answer.outcome === "survived" ? HARMLESS.get(mutant.name) : undefined;
      if (answer.outcome === "survived" && reason === undefined) survivors++;
      const told = answer.test === undefined ? answer.outcome : `killed by "${answer.test}"`;
      console.log(
        `${label(mutant, index)}\n      ${reason === undefined ? told : `harmless: ${reason}`}`,
      );
    }
  } finally {
    judges.end();
  }
  console.log(`${chosen.length} mutants, ${survivors} survived`);
  return survivors === 0;
}

/** A policy that fails by itself would "kill" every mutant. */
async function expectSurvival(judges, file) {
  const text = readFileSync(join(ROOT, file), "utf8");
  const { outcome, test } = await judges.ask(file, text, testsOf(file));
  if (outcome === "survived") return;
  judges.end();
  throw new Error(`${file} as it is: ${outcome} ${test ?? ""}; mend that first`);
}

function testsOf(file) {
  return testsFor(file, killsOf(file)).slice(0, Number(values.stages));
}

function killsOf(file) {
  const kills = new Map();
  for (const [name, { by }] of record) {
    if (by && name.startsWith(`${file} `)) kills.set(by, (kills.get(by) ?? 0) + 1);
  }
  return kills;
}

function keep(name, answer) {
  record.set(name, answer);
  mkdirSync(join(ROOT, "build"), { recursive: true });
  writeFileSync(RECORD, JSON.stringify([...record], null, 1));
}

function summarize() {
  for (const file of SOURCES) {
    const names = all.filter((each) => each.file === file).map(({ name }) => name);
    const count = (outcome) => names.filter((name) => record.get(name)?.outcome === outcome).length;
    const harmless = names.filter(
      (name) => record.get(name)?.outcome === "survived" && HARMLESS.has(name),
    ).length;
    const told = {
      mutants: names.length - count("does not compile"),
      killed: count("killed"),
      harmless,
      survived: count("survived") - harmless,
    };
    console.log(
      `${file}: ${Object.entries(told)
        .map((each) => each.reverse().join(" "))
        .join(", ")}`,
    );
  }
}
