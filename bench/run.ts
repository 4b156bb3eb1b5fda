/** How does a whole benchmark run? All gateways are up from begin to end, each is under load while its slice lasts. */
import type { Gateway } from "./gateway/gateway.ts";
import { startGateway } from "./gateway/gateway.ts";
import { measureSlice } from "./measure/slice.ts";
import type { Bench, Cell, Slice } from "./measure/slice.ts";
import { order } from "./plan.ts";
import type { Plan } from "./plan.ts";
import { BASELINE, REFERENCE, VARIANTS } from "./variants.ts";
import type { Modules, Variant } from "./variants.ts";

export interface Measured {
  readonly variant: Variant;
  readonly cell: Cell;
  /** One a round. */
  readonly slices: readonly Slice[];
}

/** Nothing listens on tcpmux, and no system hands its port out. */
const DEAD_PORT = 1;

export interface Surroundings extends Bench {
  readonly envoy: string;
  readonly modules: Modules;
  readonly say: (line: string) => void;
}

/** `only`: names of variants; what the others are compared to is always among them. */
export async function runPlan(
  around: Surroundings,
  plan: Plan,
  only: readonly string[],
): Promise<Measured[]> {
  const wanted = [BASELINE, REFERENCE, ...only];
  const variants = VARIANTS.filter((one) => only.length === 0 || wanted.includes(one.name));
  const gateways = new Map<Variant, Gateway>();
  try {
    for (const variant of variants) gateways.set(variant, await start(around, variant));
    await warmUp(around, plan, gateways);
    const measured: Measured[] = [];
    for (const cell of plan.cells) measured.push(...(await runCell(around, plan, cell, gateways)));
    for (const [variant, gateway] of gateways) await checkQuiet(variant, gateway);
    return measured;
  } finally {
    await Promise.all([...gateways.values()].map((gateway) => gateway.stop()));
  }
}

function start(around: Surroundings, variant: Variant): Promise<Gateway> {
  const port = variant.node === "dead" ? DEAD_PORT : around.node.ports[variant.node]!;
  return startGateway(around.envoy, {
    filters: variant.filters(around.modules),
    upstreamPort: around.upstream.ports.http1!,
    nodePort: port,
    grpc: variant.grpc,
  });
}

/** V8 optimizes what runs often: nothing counts before that. */
async function warmUp(
  around: Surroundings,
  plan: Plan,
  gateways: ReadonlyMap<Variant, Gateway>,
): Promise<void> {
  around.say("Warming up ...");
  for (const [variant, gateway] of gateways) {
    await measureSlice(around, gateway, variant, plan.cells[0]!, 1);
  }
}

async function runCell(
  around: Surroundings,
  plan: Plan,
  cell: Cell,
  gateways: ReadonlyMap<Variant, Gateway>,
): Promise<Measured[]> {
  around.say(`${cell.workload.name}, ${cell.connections} connections ...`);
  const slices = new Map<Variant, Slice[]>([...gateways.keys()].map((variant) => [variant, []]));
  for (let round = 0; round < plan.rounds; round++) {
    for (const [variant, gateway] of order([...gateways], round)) {
      slices
        .get(variant)!
        .push(await measureSlice(around, gateway, variant, cell, plan.secondsASlice));
    }
  }
  return [...slices].map(([variant, list]) => ({ variant, cell, slices: list }));
}

/** With a node that lives, no request may have gone on without a verdict. */
async function checkQuiet(variant: Variant, gateway: Gateway): Promise<void> {
  if (variant.node === "dead") return;
  for (const [name, value] of await gateway.stats()) {
    const isFailure = /wallarm\.api\..*\.(no_verdict\.|fallback_)/.test(name);
    if (isFailure && value > 0) throw new Error(`${variant.name}: ${name} is ${value}`);
  }
}
