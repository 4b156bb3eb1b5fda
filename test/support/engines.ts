/** Which engines can this machine run, and how does one test body run on all of them? */
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { envoyEngine } from "./envoy/engine.ts";
import { installedEnvoy } from "./envoy/binary.ts";
import type { Capability, Engine } from "./gateway-options.ts";
import { hostSimEngine } from "./host-sim/engine.ts";
import { Scene } from "./scene.ts";
import type { SceneOptions } from "./scene.ts";

const NAMES = ["envoy", "host-sim"] as const;

/** `ENGINES=host-sim` leaves Envoy out. */
const wanted = (process.env.ENGINES ?? NAMES.join()).split(",");

function engineOrReason(name: (typeof NAMES)[number]): Engine | string {
  if (!wanted.includes(name)) return `ENGINES=${wanted.join()}`;
  if (name === "host-sim") return hostSimEngine;
  const binary = installedEnvoy();
  return binary === undefined ? (process.env.ENVOY_MISSING ?? "not there") : envoyEngine(binary);
}

export interface EngineScenario extends SceneOptions {
  /** What an engine must have; one that has not is left out with its reason. */
  readonly needs?: readonly Capability[];
}

/** Runs `body` on each engine, in a scene that lasts for all of its tests. */
export function describeEngines(
  title: string,
  options: EngineScenario,
  body: (scene: Scene) => void,
): void {
  for (const name of NAMES) {
    const engine = engineOrReason(name);
    const reason = typeof engine === "string" ? engine : missing(engine, options.needs ?? []);
    if (typeof engine === "string" || reason !== undefined) {
      describe.skip(`${title} [${name}: left out, ${reason}]`, () => body(unplayable));
      continue;
    }
    describe(`${title} [${name}]`, () => play(new Scene(engine, options), body));
  }
}

function play(scene: Scene, body: (scene: Scene) => void): void {
  beforeAll(() => scene.begin());
  beforeEach(() => scene.reset());
  afterEach((context) => {
    // Without its log a failure in the filter is a riddle.
    if (context.task.result?.state !== "fail" || !process.env.SHOW_LOGS) return;
    for (const line of scene.gateway.logs().slice(-60)) console.log(line.level, line.text);
  });
  afterAll(() => scene.end());
  body(scene);
}

const missing = (engine: Engine, needs: readonly Capability[]): string | undefined =>
  needs.map((need) => engine.missing[need]).find((reason) => reason !== undefined);

const unplayable = new Scene(
  { name: "envoy", missing: {}, start: () => Promise.reject(new Error("left out")) },
  {},
);
