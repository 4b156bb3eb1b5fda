/** Is each header of a request and of its response told as it was, whatever bytes it has, and no secret logged? */
import { require } from "../find.ts";
import { requestMessage, value } from "../generate/messages.ts";
import type { Pair } from "../host/pairs.ts";
import { standingIn } from "./standing.ts";
import type { Target } from "./target.ts";

const CONFIGURATIONS = [
  { wallarm_node: "http://node:5050", fallback_action: "block", verbose_logging: true },
  { wallarm_node: "http://node:5050", wallarm_mode: "async", trusted_hops: 2 },
  { wallarm_node: "h2://node:5080", fallback_action: "block", verbose_logging: true },
  {
    wallarm_node: "http://node:5050",
    real_ip_header: "X-Real",
    real_host_header: "X-Host",
    trusted_hops: 1,
  },
];

export const headers: Target = {
  name: "headers",
  about:
    "header maps of requests and responses, trailers, addresses of clients, secrets in verbose logs",
  inputsInCi: 3000,
  play(vm, choices) {
    const scene = standingIn(vm, "headers", CONFIGURATIONS);
    const play = scene.play(choices);
    const { world, judge } = play;
    const plugin = choices.pick(scene.plugins);
    const truth = judge.truths.get(plugin.id)!;
    const message = requestMessage(choices, truth, "m0");
    const more: Pair[] = Array.from({ length: choices.int(4) }, () => [
      name(play.choices),
      value(choices),
    ]);
    const request = { ...message, headers: [...message.headers, ...more], ends: true };
    const exchange = world.open(plugin, {
      mark: "m0",
      protocol: choices.pick(["HTTP/1.1", "HTTP/2"]),
      source: "[::1]:80",
      request,
    });
    for (let round = 0; round < 12; round++) {
      while (play.sendMore(exchange));
      for (const call of world.calls.openHttp) play.answer(call, 10_000);
      for (const stream of world.calls.openGrpc) {
        if (judge.processors.get(stream.token)?.isAsked === true) play.answerStream(stream, 10_000);
      }
      // The head of one that may be a stream waits for what comes with it.
      if (!exchange.request.headOut && plugin.tickPeriod > 0) world.tick(plugin);
    }
    if (exchange.request.headOut) while (play.respond(exchange));
    const ledger = judge.ledgers.get(exchange.id)!;
    const isTold = ledger.parts.length > 0 || exchange.isAnswered;
    require(isTold || !truth.isSync, "not told", () => JSON.stringify(request.headers));
    scene.finish(play);
  },
};

/** Hosts give names in lower case; nothing else is sure. */
const name = (choices: Parameters<typeof value>[0]): string =>
  choices.weighted<() => string>(
    [3, () => choices.pick(["accept", "x-forwarded-for", "cookie", "te", "x-wallarm-request-id"])],
    [1, () => `x-${value(choices)}`],
    [1, () => choices.pick(["", ":", "::", "x", "\xff", "a b"])],
  )();
