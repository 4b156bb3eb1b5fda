/** In which functions is the work of one case done? For whoever wants to make it less. */
import { playing } from "./cases.ts";
import type { Case } from "./cases.ts";
import { instrument } from "./instrument.ts";
import { Player } from "./player.ts";

const REQUESTS = 2000;
const SHOWN = 40;

/** Instructions a request by function, most first. */
export function profile(named: Uint8Array, one: Case): string[] {
  const { wasm, functions } = instrument(named, true);
  const host = playing(wasm, one);
  const player = new Player(
    host,
    one.workload,
    one.node,
    one.settings.node_protocol === "ext_proc",
  );
  player.play(REQUESTS);
  const before = new Map([...functions].map(([name, counter]) => [name, host.counter(counter)]));
  player.play(REQUESTS);
  return [...functions]
    .map(
      ([name, counter]) => [name, (host.counter(counter) - before.get(name)!) / REQUESTS] as const,
    )
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, n]) => `${n.toFixed(0).padStart(8)}  ${name}`);
}
