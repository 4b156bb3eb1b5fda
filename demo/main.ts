/**
 * Does the policy block a real attack? Puts up an API, a mock node and a gateway with the policy, plays the acts, and stays
 * until Ctrl-C. `ONCE=1`: ends by itself. `ENGINE=envoy`: real Envoy. Exit status 0 only if every outcome was right.
 */
import { acts } from "./acts.ts";
import { missingFile } from "./files.ts";
import { Narrator } from "./narrator.ts";
import { fillJournal, play } from "./play.ts";
import { ENGINES, Stage, type EngineName } from "./stage.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
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

/** Resolves with the exit status. A signal while acts are played is a failure; while it only stays, it is the wish to end. */
async function run(stage: Stage, engine: EngineName): Promise<number> {
  let onSignal = (_status: number): void => {};
  const signalled = new Promise<number>((resolve) => (onSignal = resolve));
  for (const [signal, status] of Object.entries(SIGNALS))
    process.on(signal, () => onSignal(status));
  // Whoever read our lines has gone: so do we.
  process.stdout.on("error", () => onSignal(SIGNALS.SIGHUP));

  let played: number | undefined;
  const showing = show(stage, engine).then((status) => (played = status));
  const first = await Promise.race([showing, signalled]);
  if (played === undefined || isOnce()) return first;
  await Promise.race([fillJournal(stage), signalled]);
  stage.narrator.staying(stage);
  // A promise alone does not keep a process alive; the listening API does.
  await signalled;
  return played;
}

const isOnce = (): boolean => !["", "0", undefined].includes(process.env.ONCE);

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
