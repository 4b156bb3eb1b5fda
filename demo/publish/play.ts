/** Does each scene come out as it should? */
import { setTimeout as sleep } from "node:timers/promises";
import type { DemoRequest } from "../acts.ts";
import { send } from "../client.ts";
import { requestText } from "../narrator.ts";
import { scenes, type ApiName, type Scene } from "./scenes.ts";
import type { PublishStage } from "./stage.ts";

/** The gateway follows what is applied, in its own time. */
const FOLLOW_DEADLINE_MS = 15_000;
const SHOWN_LINES = 14;

type Outcome = "passed" | "blocked" | `status ${number}, ${"reaches" | "does not reach"} the API`;

/** Plays all scenes in order and tells each; returns the titles of those that went wrong. */
export async function play(stage: PublishStage): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, scene] of scenes.entries()) {
    stage.teller.title(`${index + 1}. ${scene.title}`);
    const commandIsRight = await playCommand(stage, scene);
    const requestIsRight = await playRequest(stage, scene);
    if (!commandIsRight || !requestIsRight) wrong.push(`${index + 1} (${scene.title})`);
  }
  return wrong;
}

async function playCommand(
  { teller, project, apis }: PublishStage,
  scene: Scene,
): Promise<boolean> {
  const { command, variables = {}, version, tells } = scene;
  if (command === undefined) return true;
  if (version !== undefined) project.setVersion(version);
  const { API } = variables;
  const given = { ...variables, ...(API !== undefined && { API: apis[API as ApiName].id }) };
  const words = Object.entries(given).map(([name, value]) => `${name}=${value}`);
  teller.row("command", teller.paint("bold", ["make", command, ...words].join(" ")));
  const { status, lines } = await project.make(command, given);
  for (const line of shown(lines)) teller.row("", line);
  const told = tells === undefined || tells.line.test(lines.join("\n"));
  const tale = (hasTold: boolean): string => {
    return tells === undefined ? "" : `, and ${hasTold ? "" : "not "}that ${tells.text}`;
  };
  teller.row("expected", `status 0${tale(true)}`);
  const right = status === 0 && told;
  teller.row("seen", teller.judged(`status ${status}${tale(told)}`, right));
  return right;
}

/** Results and errors; how long each step took matters less here. */
function shown(lines: readonly string[]): string[] {
  const results = lines.filter((line) => line !== "" && !/\.\.\.( \d|$)|: done in /.test(line));
  const more = results.length - SHOWN_LINES;
  return more > 0 ? [...results.slice(0, SHOWN_LINES), `(${more} more lines)`] : results;
}

async function playRequest(stage: PublishStage, { request, expected }: Scene): Promise<boolean> {
  if (request === undefined || expected === undefined) return true;
  const { teller } = stage;
  teller.row("sent", requestText(request));
  let allRight = true;
  for (const [name, wanted] of Object.entries(expected) as [ApiName, Outcome][]) {
    const seen = await untilSeen(stage, name, request, wanted);
    allRight &&= seen === wanted;
    teller.row("expected", `${name}: ${wanted}`);
    teller.row("seen", teller.judged(`${name}: ${seen}`, seen === wanted));
  }
  return allRight;
}

async function untilSeen(
  stage: PublishStage,
  name: ApiName,
  request: DemoRequest,
  wanted: Outcome,
): Promise<Outcome> {
  const deadline = Date.now() + FOLLOW_DEADLINE_MS;
  for (;;) {
    const seen = await sendThrough(stage, name, request);
    if (seen === wanted || Date.now() > deadline) return seen;
    await sleep(100);
  }
}

async function sendThrough(
  { api, apis }: PublishStage,
  name: ApiName,
  request: DemoRequest,
): Promise<Outcome> {
  const before = api.seen;
  const { status } = await send(apis[name].url, request);
  const reaches = api.seen > before;
  if (status === 200 && reaches) return "passed";
  if (status === 403 && !reaches) return "blocked";
  return `status ${status}, ${reaches ? "reaches" : "does not reach"} the API`;
}
