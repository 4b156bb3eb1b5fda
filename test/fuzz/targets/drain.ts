/** How does a game end? Clients come to their end or stay silent, nodes answer or not, time passes; then nothing may be left. */
import { require } from "../find.ts";
import type { GrpcStream } from "../host/calls.ts";
import type { Plugin } from "../host/world.ts";
import type { Play } from "./play.ts";

/** Ticks beyond a time-out after which everything must have been decided: waits for bodies, and for a host that forgets. */
const PATIENCE = 40;
/** A processor has so long to end a stream that the policy has closed. */
const CLOSING = 60;

export function drain(play: Play, plugins: readonly Plugin[]): void {
  const { choices } = play;
  const answers = choices.pick(["all", "some", "none"] as const);
  if (choices.oneIn(2)) passTime(play, answers);
  if (choices.oneIn(2)) checkLetGo(play, "silent");
  finishAll(play, answers);
  checkLetGo(play, "all");
  for (const exchange of [...play.world.exchanges.values()]) play.leave(exchange);
  checkTold(play);
  end(play, plugins);
  checkMetrics(play);
}

function longest(play: Play): number {
  return Math.max(...[...play.judge.truths.values()].map(({ timeoutMs }) => timeoutMs / 100));
}

function answerSome(play: Play, answers: "all" | "some" | "none"): void {
  const { calls } = play.world;
  const isAnswered = (): boolean =>
    answers === "all" || (answers === "some" && play.choices.oneIn(2));
  for (const call of calls.openHttp) if (isAnswered()) play.answer(call, 400);
  for (const stream of calls.openGrpc)
    if (isAnswered() && isAsked(play, stream.token)) play.answerStream(stream, 400);
}

const isAsked = (play: Play, token: number): boolean =>
  play.judge.processors.get(token)?.isAsked === true;

function tickAll(play: Play): void {
  for (const plugin of play.world.plugins.values())
    if (plugin.tickPeriod > 0) play.world.tick(plugin);
}

/** Until nothing is held, or for as long as anything may take. */
function passTime(play: Play, answers: "all" | "some" | "none"): void {
  const ticks = longest(play) * 3 + PATIENCE;
  for (let i = 0; i < ticks; i++) {
    answerSome(play, answers);
    if (!anythingHeld(play)) return;
    tickAll(play);
  }
}

function anythingHeld(play: Play): boolean {
  for (const { request, response, isAnswered } of play.world.exchanges.values()) {
    if (!isAnswered && (request.isHeld || response?.isHeld === true)) return true;
  }
  return false;
}

/** Whoever has more to say says it, as far as the host lets it. */
function finishAll(play: Play, answers: "all" | "some" | "none"): void {
  for (let round = 0; round < 400; round++) {
    let isMore = false;
    for (const exchange of [...play.world.exchanges.values()]) {
      if (play.sendMore(exchange)) isMore = true;
      else if (exchange.response !== null && play.respond(exchange)) isMore = true;
    }
    if (!isMore && !anythingHeld(play)) return;
    answerSome(play, answers);
    if (isMore && play.choices.oneIn(3)) continue;
    if (!isMore) passTime(play, answers);
    if (!isMore && !anyMore(play)) return;
  }
}

function anyMore(play: Play): boolean {
  for (const exchange of play.world.exchanges.values()) {
    const { request } = exchange;
    const isLeft = request.message.ends
      ? !request.ended
      : request.seen < request.message.body.length;
    if (isLeft && !request.isStopped && !exchange.isAnswered) return true;
  }
  return false;
}

function checkLetGo(play: Play, who: "silent" | "all"): void {
  if (who === "silent") passTime(play, "all");
  for (const ledger of play.judge.ledgers.values()) ledger.checkLetGo();
}

/** In async mode nobody waits, but all is told, or counted as lost. */
function checkTold(play: Play): void {
  tickAll(play);
  const { judge, world } = play;
  const lost = [...world.metrics].some(
    ([name, { value }]) => name.endsWith("outbox_dropped") && value > 0n,
  );
  if (lost) return;
  for (const ledger of judge.all) {
    const { exchange, truth } = ledger;
    if (
      truth.isSync ||
      truth.speaksExtProc ||
      ledger.isHelpless ||
      !ledger.isInspected ||
      exchange.isAnswered
    )
      continue;
    const last = ledger.parts.at(-1);
    require(last?.last === true, "not told to its end", () => exchange.mark);
    const isAll = last.to === exchange.request.seen || ledger.mayBeTruncated;
    require(isAll, "told less than there is", () =>
      `${exchange.mark}: ${last.to} of ${exchange.request.seen}`);
    const isUntold = exchange.response !== null && !ledger.isResponseTold;
    require(!isUntold, "response not told", () => exchange.mark);
  }
}

function end(play: Play, plugins: readonly Plugin[]): void {
  const { world } = play;
  for (const plugin of plugins) if (!plugin.isDone && !plugin.isEnding) world.done(plugin);
  const ticks = longest(play) * 3 + PATIENCE + CLOSING;
  for (let i = 0; i < ticks && isBusy(play, plugins); i++) tickAll(play);
  for (const plugin of plugins) {
    require(plugin.isDone, "never done", () =>
      `${world.calls.openHttp.length} HTTP calls are open`);
  }
  for (const plugin of plugins) world.tick(plugin);
  const open = [...world.calls.grpc.values()].find((stream) => !isOver(stream));
  require(open === undefined, "gRPC stream left open", () => JSON.stringify(open));
  for (const plugin of plugins) world.remove(plugin);
}

/** Of a plugin that was done before its streams were gone, calls may be open still: it gets the time to give them up. */
const isBusy = ({ world: { calls } }: Play, plugins: readonly Plugin[]): boolean =>
  plugins.some(({ isDone }) => !isDone) ||
  calls.openHttp.length > 0 ||
  ![...calls.grpc.values()].every(isOver);

/** A host keeps the others for ever. */
const isOver = (stream: GrpcStream): boolean =>
  stream.isCancelled || stream.isUnary || (stream.isClosed && stream.isEnded);

/** At most so many messages that nobody waits for come about of one request: its head, parts and trailers, and its response. */
function messagesOf({ exchange, truth }: Play["judge"]["all"][number]): number {
  if (exchange.response === null && truth.isSync) return 0;
  const parts = truth.isSync ? 0 : 2 + exchange.request.seen / Math.max(1, truth.requestLimit);
  return Math.ceil(parts) + 2;
}

function checkMetrics(play: Play): void {
  const { judge, world } = play;
  const sum = (part: string, what: "value" | "records"): number => {
    let total = 0;
    for (const [name, metric] of world.metrics)
      if (name.includes(part)) total += Number(metric[what]);
    return total;
  };
  const atMost = (name: string, most: number, what: "value" | "records" = "value"): void => {
    require(sum(name, what) <= most, "counted too often", () =>
      `${name}: ${sum(name, what)}, at most ${most}`);
  };
  const count = (is: (ledger: (typeof judge.all)[number]) => boolean): number =>
    judge.all.filter(is).length;
  // A processor that wants to hear no more agrees to the rest at once.
  const speaksExtProc = [...judge.truths.values()].some((truth) => truth.speaksExtProc);
  if (!speaksExtProc) atMost(".verdict_time_us", judge.most.verdicts, "records");
  // Without a call nobody can count along.
  // Over gRPC each message is lost with its stream, and so are those that come about behind it and are never sent.
  const lost = judge.all.reduce((total, each) => total + messagesOf(each), 0);
  const most = judge.most.withoutVerdict + (speaksExtProc ? lost : 0);
  if (!judge.nodeMayBeDead) atMost(".no_verdict.", most);
  atMost(
    ".requests_blocked",
    count(({ mayRefuse }) => mayRefuse.has("block")),
  );
  atMost(
    ".requests_too_large",
    count(({ truth }) => truth.overflow === "block"),
  );
  atMost(
    ".requests_passed",
    count(({ truth }) => truth.isSync),
  );
  atMost(
    ".fallback_",
    count(({ hasNoVerdict, isHelpless }) => hasNoVerdict || isHelpless),
  );
  const inspected = count(({ isInspected }) => isInspected);
  const counted = sum(".requests_inspected", "value");
  // What is decided because all nodes are known to be dead is not inspected.
  const isRight = counted === inspected || (judge.nodeMayBeDead && counted < inspected);
  require(isRight, "miscounted", () => `${counted} inspected, not ${inspected}`);
  require(sum(".held_bytes", "value") === 0, "bytes held for ever", () =>
    `${sum(".held_bytes", "value")}`);
}
