/** Is what an external processor answers understood as its protocol has it, whatever bytes come? */
import { requestHeaders } from "../generate/messages.ts";
import type { Exchange, Message } from "../host/exchange.ts";
import type { Play } from "./play.ts";
import { standingIn } from "./standing.ts";
import type { Target } from "./target.ts";

const NODE = { wallarm_node: "h2://node:5080", node_timeout_ms: 100, request_body_limit: 4 };
const CONFIGURATIONS = [
  { ...NODE, fallback_action: "block" },
  { ...NODE, fallback_action: "pass", response_body_limit: 3 },
];
const BODY = Buffer.from("abcdefghij");

export const processor: Target = {
  name: "processor",
  about:
    "answers of external processors: protobuf right, nearly right and wrong, header mutations, ends of streams",
  inputsInCi: 6000,
  play(vm, choices) {
    const scene = standingIn(vm, "processor", CONFIGURATIONS);
    const play = scene.play(choices);
    const exchange = open(play, scene.plugins[choices.int(2)]!.id);
    for (let round = 0; round < 8; round++) {
      // It may be told of what has come, while more is to come.
      while (!choices.oneIn(4) && play.sendMore(exchange));
      if (exchange.request.headOut && choices.oneIn(3)) play.respond(exchange);
      const [stream] = play.world.calls.openGrpc;
      if (stream === undefined) break;
      play.answerStream(stream, choices.pick([0, 3, 12]));
    }
    scene.finish(play);
  },
};

function open(play: Play, plugin: number): Exchange {
  const { choices, world, judge } = play;
  const truth = judge.truths.get(plugin)!;
  const body = BODY.subarray(0, choices.pick([0, 3, 4, 9]));
  const headers = choices.oneIn(4) ? requestHeaders(choices, truth, body.length) : [...HEAD];
  headers.push(["x-mark", "m0"]);
  const trailers = choices.oneIn(5) ? ([["x-t", "1"]] as const) : null;
  const request: Message = { headers, body, trailers, ends: true };
  const where = { mark: "m0", protocol: "HTTP/1.1", source: "1.2.3.4:5" };
  return world.open(world.plugins.get(plugin)!, { ...where, request });
}

const HEAD: Message["headers"] = [
  [":authority", "a"],
  [":path", "/"],
  [":method", "POST"],
  [":scheme", "http"],
  ["x-a", "old"],
];
