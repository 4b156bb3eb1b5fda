/** How does one request cost little? In a world that stands as long as its VM does, with a few plugins that are never configured anew. */
import { Choices } from "../choices.ts";
import type { Configuration } from "../generate/configuration.ts";
import { require } from "../find.ts";
import type { Exchange } from "../host/exchange.ts";
import type { Vm } from "../host/vm.ts";
import { createWorld } from "../host/create-world.ts";
import type { Plugin, World } from "../host/world.ts";
import { Judge } from "../oracle/judge.ts";
import { truthOf } from "../oracle/truth.ts";
import { Play } from "./play.ts";

/** Nothing that is sent once more may reach into the next input. */
const RIGHT = 100_000_000;

export class Standing {
  readonly plugins: readonly Plugin[];
  readonly #world: World;
  readonly #judge: Judge;

  constructor(vm: Vm, configurations: readonly Configuration[]) {
    this.#world = createWorld(vm, {
      holdsHeaders: true,
      pluginName: "wallarm.default.api-1",
      properties: new Map([["request\0id", "id"]]),
      logLevel: 2,
      randomSeed: 1,
      fault: () => 0,
    });
    this.#judge = new Judge(this.#world);
    this.plugins = configurations.map((configuration) => {
      const plugin = this.#world.configure(Buffer.from(JSON.stringify(configuration)));
      if (plugin === null) throw new Error(`refused: ${JSON.stringify(configuration)}`);
      this.#judge.addPlugin(plugin.id, truthOf(configuration));
      return plugin;
    });
  }

  /** Everything that came before is over. */
  play(choices: Choices): Play {
    return new Play(choices, this.#world, this.#judge, 1);
  }

  /** Streams go, ticks pass until all batches and streams are through, and nothing is kept. */
  finish(play: Play): void {
    const { world, judge } = play;
    for (const exchange of [...world.exchanges.values()]) play.leave(exchange);
    this.#tick();
    for (let i = 0; i < 60 && this.#isBusy; i++) {
      for (const call of world.calls.openHttp) play.answer(call, RIGHT);
      for (const stream of world.calls.openGrpc) play.endStream(stream, 0);
      if (this.#isBusy) this.#tick();
    }
    world.calls.http.clear();
    world.calls.grpc.clear();
    judge.clear();
  }

  get #isBusy(): boolean {
    const { openHttp, openGrpc } = this.#world.calls;
    return openHttp.length + openGrpc.length > 0;
  }

  #tick(): void {
    for (const plugin of this.plugins) if (plugin.tickPeriod > 0) this.#world.tick(plugin);
  }
}

/**
 * After a usable verdict, or the failure of the only question, a request is decided at once, or asked about again; but one that
 * found no room waits for its turn, and one in doubt for the canary that is under way.
 */
export function checkDecided(play: Play, exchange: Exchange, callsBefore: number): void {
  const { request, isAnswered } = exchange;
  const isAsked = play.world.calls.made > callsBefore;
  const isProbed = play.world.calls.openHttp.length > 0;
  const mayWait = isAsked || isProbed || play.hadNoRoom;
  require(isAnswered || !request.isHeld || mayWait, "undecided after an answer", () =>
    exchange.mark);
}

const standing = new WeakMap<Vm, Map<string, Standing>>();

/** The one of this VM. */
export function standingIn(
  vm: Vm,
  name: string,
  configurations: readonly Configuration[],
): Standing {
  const all = standing.get(vm) ?? new Map<string, Standing>();
  standing.set(vm, all);
  const found = all.get(name) ?? new Standing(vm, configurations);
  all.set(name, found);
  return found;
}
