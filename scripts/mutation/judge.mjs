/**
 * Does a test notice this mutant? A process of its own, for a policy that loops takes its process with it: gets a mutant, with
 * the tests to be run in each stage, answers with what became of it, and is ready for the next one.
 */
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createVitest } from "vitest/node";
import { compile, sourceIn } from "./workspace.mjs";

const copy = process.argv[2];
/** Of the run that goes on. */
let order = [];
let found = {};

/** Only what this run tells: of test files that it never came to, vitest keeps what the one before has found. */
const firstOnly = {
  onTestCaseResult(test) {
    const { state, errors } = test.result();
    if (state === "failed") note(test.module, test.fullName, errors[0]?.message.slice(0, 300));
  },
  onTestSuiteResult(suite) {
    if (suite.errors().length > 0) note(suite.module, suite.fullName, suite.errors()[0].message);
  },
  onTestModuleEnd(module) {
    if (module.errors().length > 0) note(module, "a file of tests that does not begin");
  },
};

function note({ moduleId }, test, why) {
  if (found.outcome !== "killed") {
    found = { outcome: "killed", by: relative(copy, moduleId), test, why };
  }
}

class AsTold {
  shard(files) {
    return files;
  }
  sort(files) {
    const place = (spec) => order.indexOf(relative(copy, spec.moduleId));
    return [...files].sort((a, b) => place(a) - place(b));
  }
}

const vitest = await createVitest("test", {
  root: copy,
  config: join(copy, "vitest.config.ts"),
  watch: false,
  bail: 1,
  maxWorkers: 1,
  // One process imports what test files share once, for all of a run.
  isolate: false,
  testTimeout: 10_000,
  // What fails by chance, on a machine that has more to do, has noticed nothing.
  retry: 1,
  reporters: [firstOnly],
  sequence: { sequencer: AsTold },
});

process.on("message", async (mutant) => process.send(await judged(mutant)));
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.send({ outcome: "ready" });

/** What is changed is as before when this returns: the next one may have another judge. */
async function judged({ file, text, tests }) {
  const before = sourceIn(copy, file);
  writeFileSync(join(copy, file), text);
  try {
    return (await compile(copy)) ? await firstFailure(tests) : { outcome: "does not compile" };
  } catch (error) {
    return { outcome: `not judged: ${error.stack}` };
  } finally {
    writeFileSync(join(copy, file), before);
  }
}

async function firstFailure(tests) {
  found = { outcome: "survived" };
  for (const stage of tests) {
    order = stage;
    if (stage.length === 0 || found.outcome === "killed") continue;
    await vitest.runTestSpecifications(await vitest.globTestSpecifications(stage));
  }
  return found;
}
