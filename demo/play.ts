/** What came of an act? Sets the scene, sends the request, and compares the outcome and its reason with what must be. */
import { setTimeout as sleep } from "node:timers/promises";
import { acts, attacks, type Act, type Evidence } from "./acts.ts";
import { send } from "./client.ts";
import type { JournalEntry } from "./mock-node.ts";
import type { Outcome } from "./outcome.ts";
import type { Stage } from "./stage.ts";

/** An async message leaves when the request has ended, and a log comes through a pipe. */
const EVIDENCE_DEADLINE_MS = 5_000;

/** Plays all acts in order and tells each; returns the titles of those that went wrong. */
export async function play(stage: Stage): Promise<string[]> {
  const wrong: string[] = [];
  for (const [index, act] of acts.entries()) {
    stage.narrator.begin(index + 1, act);
    await stage.setNode(act.nodeIsUp);
    stage.narrator.announce(act);
    const outcome = await playAct(stage, act);
    stage.narrator.end(act, outcome);
    if (!outcome.right) wrong.push(`${index + 1} (${act.title})`);
  }
  return wrong;
}

/** A node that came back has an empty journal: its page is given something to show. */
export async function fillJournal({ gateway }: Stage): Promise<void> {
  for (const attack of attacks) await send(gateway.url, attack);
}

async function playAct(stage: Stage, act: Act): Promise<Outcome> {
  await stage.gateway.configure(act.config);
  const { api, node, gateway } = stage;
  const mark = {
    seq: act.nodeIsUp ? await node.newest() : 0,
    line: gateway.policyLog().length,
    seen: api.seen,
  };
  const answer = await send(gateway.url, act.request);
  const reachedApi = api.seen > mark.seen;
  const { status, reachesApi, requestId } = act.expected;
  const asExpected =
    answer.status === status &&
    reachedApi === reachesApi &&
    (answer.requestId !== "") === requestId;
  // What did not happen leaves no trace to wait for.
  const deadline = Date.now() + (asExpected ? EVIDENCE_DEADLINE_MS : 0);
  const why = await untilFound(() => find(stage, act, mark, answer.requestId), deadline);
  return { answer, reachedApi, why, right: asExpected && why !== undefined };
}

interface Mark {
  readonly seq: number;
  readonly line: number;
}

async function find(
  { node, gateway }: Stage,
  { evidence, request }: Act,
  mark: Mark,
  id: string,
): Promise<string | undefined> {
  if (evidence.in === "policy log") {
    const lines = gateway.policyLog().slice(mark.line);
    return lines.find((line) => line.includes(evidence.text) && line.includes(id));
  }
  const list = evidence.attack === undefined ? "messages" : "attacks";
  const [entry] = await node.entriesAfter(mark.seq, list, (each) => {
    const isOurs = each.path === request.path && (id === "" || each.id === id);
    return isOurs && proves(each, evidence);
  });
  return entry && describe(entry);
}

const proves = (entry: JournalEntry, evidence: Evidence): boolean =>
  evidence.in === "journal" &&
  entry.action === evidence.action &&
  (evidence.attack === undefined || entry.type === evidence.attack);

function describe({ type, rule, point, match, why }: JournalEntry): string {
  if (rule === undefined) return why;
  return `attack ${type}, rule ${rule}, point ${point}, matched ${JSON.stringify(match)}; ${why}`;
}

async function untilFound<T>(
  look: () => Promise<T | undefined>,
  deadline: number,
): Promise<T | undefined> {
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await sleep(20);
  }
}
