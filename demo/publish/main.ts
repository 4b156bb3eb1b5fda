/**
 * Does the policy come to APIs and go again, as the guide says? Puts up a stand-in for Anypoint, a Flex Gateway that serves what is
 * applied there, two APIs and a mock node; plays the scenes, and stays until Ctrl-C. `ONCE=1`: ends by itself. Exit status 0 only
 * if every outcome was right.
 */
import { missingFile } from "../files.ts";
import { untilSignalled } from "../until-signalled.ts";
import { play } from "./play.ts";
import { scenes } from "./scenes.ts";
import { PublishStage } from "./stage.ts";

const BAD_INPUT = 2;

async function show(stage: PublishStage): Promise<number> {
  const { teller } = stage;
  teller.say("Starting a stand-in for Anypoint, two APIs, a mock node and a Flex Gateway …");
  await stage.start();
  teller.row("Platform", `${stage.anypoint.page}/ shows assets, APIs and policies`);
  teller.row("Attacks page", `${stage.node.page}/`);
  const wrong = await play(stage);
  teller.finished(wrong, scenes.length);
  return wrong.length === 0 ? 0 : 1;
}

function staying({ teller, anypoint, node, apis }: PublishStage): Promise<void> {
  teller.say();
  teller.row("Platform", teller.paint("bold", `${anypoint.page}/`));
  teller.row("Attacks page", teller.paint("bold", `${node.page}/`));
  teller.row("Try it", `curl -i --path-as-is ${apis.orders.url}/../../etc/passwd`);
  teller.row("End", "Ctrl-C");
  return Promise.resolve();
}

const missing = missingFile();
if (missing !== undefined) {
  process.stderr.write(`demo-publish: ${missing}\n`);
  process.exit(BAD_INPUT);
}
const stage = new PublishStage();
try {
  process.exitCode = await untilSignalled({
    play: () => show(stage),
    stay: () => staying(stage),
  });
} catch (error) {
  process.stderr.write(`demo-publish: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
await stage.clear();
process.exit();
