/** How is one case played: write, wait for the end, compare? And do both engines answer it in the same way? */
import { request } from "../../support/client.ts";
import { eventually } from "../../support/deadline.ts";
import type { Headers } from "../../support/http1-reader.ts";
import type { Scene } from "../../support/scene.ts";
import { findings } from "./oracle.ts";
import type { Record, Rules } from "./oracle.ts";
import { exchange, SENTINEL } from "./raw-exchange.ts";
import type { Exchange, RawCase } from "./raw-exchange.ts";
import type { ReadRequest } from "./strict-reader.ts";
import type { StrictUpstream } from "./strict-upstream.ts";
import { Ears } from "./told.ts";
import type { ToldRequest } from "./told.ts";

export const SYNC: Rules = { holds: true, mayTruncate: false };

export interface Played extends Exchange {
  /** Without the sentinel. */
  readonly told: readonly ToldRequest[];
  readonly findings: readonly string[];
  /** What both engines should agree on, as text. */
  readonly view: string;
}

export async function play(
  scene: Scene,
  upstream: StrictUpstream,
  sent: RawCase,
  rules: Rules = SYNC,
): Promise<Played> {
  upstream.reset();
  const ears = new Ears();
  ears.listen(scene);
  const answered = await exchange(scene.gateway, sent, upstream);
  const outcome = withoutSentinel(answered, upstream);
  const hasLeft = outcome.broken || sent.leavesAfter !== undefined;
  if (hasLeft) await over(scene);
  if (hasLeft || !isAnswered(outcome)) await request(scene.gateway, { path: SENTINEL });
  const look = (): string[] => findings(recordOf(ears, upstream), rules);
  // What nobody waits for is told when its time has come.
  if (!rules.holds) await eventually("all is told", () => look().length === 0).catch(() => {});
  const told = ears.requests.filter((each) => each.path !== SENTINEL);
  const reached = upstream.requests.filter((each) => each.path !== SENTINEL);
  const view = viewOf(outcome, told, reached);
  return { ...outcome, told, findings: look(), view };
}

const recordOf = (ears: Ears, upstream: StrictUpstream): Record => ({
  told: ears.requests,
  reached: upstream.requests,
  raw: upstream.raw,
  faults: [...ears.faults, ...upstream.faults],
});

function withoutSentinel(outcome: Exchange, upstream: StrictUpstream): Exchange {
  const isAnswered = upstream.requests.some((each) => each.path === SENTINEL && each.complete);
  return isAnswered ? { ...outcome, statuses: outcome.statuses.slice(0, -1) } : outcome;
}

/** Each request that was read got the API's answer or the policy's: nothing can be under way. */
const isAnswered = ({ statuses, blocked, broken }: Exchange): boolean =>
  !broken && statuses.filter((status) => status !== 200 && status !== 101).length === blocked;

/** Nothing of a client that has left is under way any more. What was told before a request is heard before that one is. */
async function over(scene: Scene): Promise<void> {
  await eventually("its requests are over", async () => {
    return (await scene.gateway.activeRequests()) === 0;
  });
}

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
  readonly trailers: Headers;
}

function viewOf(
  { statuses }: Exchange,
  told: readonly ToldRequest[],
  reached: readonly ReadRequest[],
): string {
  const lines = (what: string, each: Seen, isWhole: boolean): string[] => [
    `${what} ${each.method} ${each.path}`,
    ...[...each.headers, ...each.trailers].flatMap(plain).sort(),
    isWhole ? each.body.toString("latin1") : "and not the end",
  ];
  return [
    statuses.join(),
    // How much is told of what is cut off is a matter of packets.
    ...told.flatMap((each) => (each.last ? lines("told", each, true) : [])),
    ...reached.flatMap((each) => lines("reached", each, each.complete)),
  ].join("\n");
}

/** Without what differs from run to run. */
function plain([name, value]: readonly [string, string]): string[] {
  if (name === "x-request-id" || name.startsWith("x-envoy-")) return [];
  return [`${name}: ${value}`];
}
