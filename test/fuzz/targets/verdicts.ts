/** Is only a well-formed verdict on this id and this part taken for one, whatever comes back to a call over HTTP? */
import type { Message } from "../host/exchange.ts";
import { checkDecided, standingIn } from "./standing.ts";
import type { Target } from "./target.ts";

const NODE = { wallarm_node: "http://node:5050", node_timeout_ms: 100, request_body_limit: 2 };
const CONFIGURATIONS = [
  { ...NODE, fallback_action: "block" },
  { ...NODE, fallback_action: "pass" },
];
const BODY = Buffer.from("abcdef");

export const verdicts: Target = {
  name: "verdicts",
  about:
    "answers to HTTP calls: headers, msgpack right, nearly right and wrong, of this part and of others",
  inputsInCi: 12_000,
  play(vm, choices) {
    const scene = standingIn(vm, "verdicts", CONFIGURATIONS);
    const play = scene.play(choices);
    const plugin = choices.pick(scene.plugins);
    // Several parts, one after the other: a verdict on another part must not count.
    const body = BODY.subarray(0, choices.pick([0, 0, 2, 5]));
    const request: Message = { headers: HEAD, body, trailers: null, ends: true };
    const exchange = play.world.open(plugin, {
      mark: "m0",
      protocol: "HTTP/1.1",
      source: "1.2.3.4:5",
      request,
    });
    while (play.sendMore(exchange));
    for (let round = 0; round < 5; round++) {
      const [call] = play.world.calls.openQuestions;
      if (call === undefined) break;
      const made = play.world.calls.made;
      play.answer(call, round === 0 && body.length > 0 && !choices.oneIn(3) ? 30 : 0);
      checkDecided(play, exchange, made);
    }
    scene.finish(play);
  },
};

const HEAD: Message["headers"] = [
  [":authority", "a"],
  [":path", "/"],
  [":method", "POST"],
  [":scheme", "http"],
  ["x-mark", "m0"],
];
