/** Does the policy keep its promises, whatever clients, nodes, upstreams and hosts do, in any order? */
import type { Choices } from "../choices.ts";
import { rightConfiguration } from "../generate/configuration.ts";
import type { Exchange } from "../host/exchange.ts";
import type { Vm } from "../host/vm.ts";
import { createWorld } from "../host/create-world.ts";
import type { Plugin } from "../host/world.ts";
import { Judge } from "../oracle/judge.ts";
import { truthOf } from "../oracle/truth.ts";
import { drain } from "./drain.ts";
import { faultsOf } from "./faults.ts";
import { Play } from "./play.ts";
import type { Target } from "./target.ts";

export const driver: Target = {
  name: "driver",
  about: "a few requests at once, with all that clients, nodes, upstreams and hosts may do",
  inputsInCi: 4000,
  play(vm, choices) {
    const game = begin(vm, choices);
    const steps = 4 + choices.int(40);
    for (let i = 0; i < steps; i++) step(game);
    drain(game.play, game.plugins);
  },
};

export interface Game {
  readonly play: Play;
  readonly plugins: Plugin[];
}

export function begin(vm: Vm, choices: Choices): Game {
  const world = createWorld(vm, {
    holdsHeaders: !choices.oneIn(4),
    pluginName: choices.pick(["wallarm.default.api-1", "wallarm", ""]),
    properties: new Map([["request\0id", "id"]]),
    logLevel: choices.weighted([4, 3], [2, 2], [1, 0]),
    randomSeed: choices.int(1 << 30),
    fault: faultsOf(choices),
    isTurnLate: () => choices.oneIn(12),
  });
  const judge = new Judge(world);
  const plugins: Plugin[] = [];
  const play = new Play(choices, world, judge, choices.pick([60, 20, 6, 400]));
  for (let left = choices.oneIn(6) ? 2 : 1; left > 0; left--) addPlugin(play, plugins);
  return { play, plugins };
}

export function addPlugin({ choices, world, judge }: Play, plugins: Plugin[]): void {
  const configuration = rightConfiguration(choices);
  const plugin = world.configure(Buffer.from(JSON.stringify(configuration)));
  if (plugin === null) throw new Error(`refused: ${JSON.stringify(configuration)}`);
  judge.addPlugin(plugin.id, truthOf(configuration));
  plugins.push(plugin);
}

const MOST_AT_ONCE = 4;

type Step = (game: Game) => void;
const STEPS: readonly (readonly [number, Step])[] = [
  [14, send],
  [8, answerOne],
  [4, tick],
  [5, respond],
  [2, leave],
  [1, ({ play, plugins }) => play.stray(play.choices.pick(plugins))],
  [
    1,
    ({ play: { world, choices } }) =>
      void (world.now += BigInt(choices.int(4_000_000)) * 1000n - 2_000_000_000n),
  ],
  [1, afterReply],
  [1, rare],
];

function step(game: Game): void {
  game.play.choices.weighted(...STEPS)(game);
}

function send({ play, plugins }: Game): void {
  const { world, choices } = play;
  const live = [...world.exchanges.values()].filter(({ request }) => !request.ended);
  const usable = plugins.filter(({ isDone, isEnding }) => !isDone && !isEnding);
  const isNew = live.length === 0 || (world.exchanges.size < MOST_AT_ONCE && choices.oneIn(4));
  play.sendMore(isNew ? play.open(choices.pick(usable)) : choices.pick(live));
}

function answerOne({ play }: Game): void {
  const { calls } = play.world;
  const http = calls.openHttp;
  const grpc = calls.openGrpc;
  if (http.length + grpc.length === 0) return;
  const at = play.choices.int(http.length + grpc.length);
  if (at < http.length) play.answer(http[at]!);
  else play.answerStream(grpc[at - http.length]!);
}

function tick({ play: { world, choices } }: Game): void {
  const many = choices.oneIn(4) ? choices.int(30) : 1;
  for (const plugin of world.plugins.values()) {
    // A tick may come though the timer was just stopped.
    for (let i = 0; i < many && (plugin.tickPeriod > 0 || i === 0); i++) world.tick(plugin);
  }
}

function live(play: Play): Exchange | undefined {
  const all = [...play.world.exchanges.values()];
  return all.length === 0 ? undefined : play.choices.pick(all);
}

/** An API answers when it has the head; the host itself may do so at any time. */
function respond({ play }: Game): void {
  const exchange = live(play);
  if (exchange === undefined || !exchange.request.headCalled) return;
  const mayAnswer = exchange.request.headOut || exchange.reply !== null || play.choices.oneIn(20);
  if (mayAnswer && !exchange.closed) play.respond(exchange);
}

function leave({ play }: Game): void {
  const exchange = live(play);
  if (exchange !== undefined) play.leave(exchange);
}

function afterReply({ play }: Game): void {
  const exchange = live(play);
  if (exchange !== undefined) play.afterReply(exchange);
}

/** A stream of which nothing ever came, a plugin that comes anew, one that is to end while it is in use. */
function rare({ play, plugins }: Game): void {
  const { choices, world } = play;
  switch (choices.int(3)) {
    case 0:
      play.leave(play.open(plugins.at(-1)));
      break;
    case 1:
      if (plugins.length < 3) addPlugin(play, plugins);
      break;
    default: {
      const plugin = choices.pick(plugins);
      // A host keeps one that takes new streams.
      const others = plugins.filter(({ isDone, isEnding }) => !isDone && !isEnding).length - 1;
      if (!plugin.isDone && !plugin.isEnding && others > 0) world.done(plugin);
    }
  }
}
