/**
 * Does the policy block a real attack? Puts up an API, a mock node and a gateway with the policy, plays the acts, and stays
 * until Ctrl-C. `ONCE=1`: ends by itself. `ENGINE=envoy`: real Envoy. Exit status 0 only if every outcome was right.
 */
import { acts } from "./acts.ts";
import { missingFile } from "./files.ts";
import { Narrator } from "./narrator.ts";
import { fillJournal, play } from "./play.ts";
import { ENGINES, Stage, type EngineName } from "./stage.ts";
import { untilSignalled } from "./until-signalled.ts";

const BAD_INPUT = 2;

function fail(line: string, status: number): never {
  process.stderr.write(`demo: ${line}\n`);
  process.exit(status);
}

function chosenEngine(): EngineName {
  const wanted = process.env.ENGINE || "host-sim";
  const engine = ENGINES.find((name) => name === wanted);
  return engine ?? fail(`ENGINE=${wanted}: allowed: ${ENGINES.join(", ")}`, BAD_INPUT);
}

async function show(stage: Stage, engine: EngineName): Promise<number> {
  const { narrator } = stage;
  narrator.say(`Starting an API, a mock node and a gateway (${engine}) …`);
  await stage.start(engine);
  narrator.opened(stage);
  const wrong = await play(stage);
  narrator.finished(wrong, acts.length);
  return wrong.length === 0 ? 0 : 1;
}

const run = (stage: Stage, engine: EngineName): Promise<number> =>
  untilSignalled({
    play: () => show(stage, engine),
    stay: async (signalled) => {
      await Promise.race([fillJournal(stage), signalled]);
      stage.narrator.staying(stage);
    },
  });

const missing = missingFile();
if (missing !== undefined) fail(missing, BAD_INPUT);
const engine = chosenEngine();
const stage = new Stage(new Narrator());
try {
  process.exitCode = await run(stage, engine);
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
await stage.clear();
process.exit();
