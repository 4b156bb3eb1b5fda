/** How does a world come to be the host of a VM? It answers the hostcalls. */
import { hostcallsOf } from "./hostcalls.ts";
import type { Vm } from "./vm.ts";
import { World, type WorldOptions } from "./world.ts";

export function createWorld(vm: Vm, options: WorldOptions): World {
  const world = new World(vm, options);
  vm.hostcalls = hostcallsOf(world);
  return world;
}
