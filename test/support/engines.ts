/** Which engines can this machine run, and how does one test body run on all of them? */
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import type { TestAPI } from "vitest";
import { envoyEngine } from "./envoy/engine.ts";
import { installedEnvoy } from "./envoy/binary.ts";
import type { Capability, Engine } from "./gateway-options.ts";
import { hostSimEngine } from "./host-sim/engine.ts";
import type { NodeStandIn } from "./node/stand-in.ts";
import type { TestNode } from "./node/test-node.ts";
import { Scene } from "./scene.ts";
import type { SceneOptions, Transport } from "./scene.ts";
import { isChosen, isPlayed } from "./slice.ts";

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
  /** Of the engine on which it can't run: why. */
  readonly notOn?: Readonly<Partial<Record<Engine["name"], string>>>;
  /** One of many scenarios that share an axis: a slice plays it on one engine. */
  readonly isOneOfMany?: boolean;
}

/** Runs `body` on each engine, in a scene that lasts for all of its tests. */
export function describeEngines<Node extends TestNode = NodeStandIn>(
  title: string,
  options: EngineScenario,
  body: (scene: Scene<Node>) => void,
): void {
  const canPlay = (name: Engine["name"]): boolean => typeof playable(name, options) === "object";
  const isSliced = options.isOneOfMany === true && NAMES.every(canPlay);
  for (const [at, name] of NAMES.entries()) {
    if (!isSliced || isChosen(title, at)) describeOn(name, title, options, body);
  }
}

function describeOn<Node extends TestNode>(
  name: (typeof NAMES)[number],
  title: string,
  options: EngineScenario,
  body: (scene: Scene<Node>) => void,
): void {
  const engine = playable(name, options);
  if (typeof engine === "string") {
    describe.skip(`${title} [${name}: left out, ${engine}]`, () => body(unplayable()));
  } else describe(`${title} [${name}]`, () => play(new Scene<Node>(engine, options), body));
}

/** The engine, or the reason why this can't be played on it. */
function playable(name: (typeof NAMES)[number], options: EngineScenario): Engine | string {
  const engine = engineOrReason(name);
  return typeof engine === "string" ? engine : (missing(engine, options) ?? engine);
}

export interface TransportScenario extends Omit<EngineScenario, "over" | "extProc"> {
  /** Of the transport on which it makes no sense: why. */
  readonly not?: Readonly<Partial<Record<Transport | "ext_proc on envoy", string>>>;
}

const TRANSPORTS: readonly Transport[] = ["connector", "ext_proc"];
/** `TRANSPORTS=connector` leaves the other one out. */
const wantedTransports = (process.env.TRANSPORTS ?? TRANSPORTS.join()).split(",");

/** Runs `body` on each engine over each transport, or on those of a slice. */
export function describeTransports(
  title: string,
  options: TransportScenario,
  body: (scene: Scene<TestNode>) => void,
): void {
  const scenarios = TRANSPORTS.map((over) => scenarioOver(over, options));
  const canPlay = (row: number, column: number): boolean =>
    typeof scenarios[row] === "object" &&
    typeof playable(NAMES[column]!, scenarios[row]) === "object";
  for (const [row, over] of TRANSPORTS.entries()) {
    const scenario = scenarios[row]!;
    if (typeof scenario === "string") {
      describe.skip(`${title} [${over}: left out, ${scenario}]`, () => body(unplayable()));
      continue;
    }
    for (const [column, name] of NAMES.entries()) {
      if (!isPlayed(title, [row, column], canPlay)) continue;
      describeOn(name, `${title} [${over}]`, scenario, body);
    }
  }
}

/** The scenario, or the reason why it can't be played over this transport. */
function scenarioOver(over: Transport, options: TransportScenario): EngineScenario | string {
  const unwanted = wantedTransports.includes(over)
    ? undefined
    : `TRANSPORTS=${wantedTransports.join()}`;
  const reason = options.not?.[over] ?? unwanted;
  if (reason !== undefined) return reason;
  const crash = over === "ext_proc" ? options.not?.["ext_proc on envoy"] : undefined;
  return { ...options, over, notOn: crash === undefined ? {} : { envoy: crash } };
}

/** `test`, where one test of a scenario is about one transport alone: over the other it is left out, with the reason. */
export function testOver(scene: Scene<TestNode>, over: Transport, because: string): TestAPI {
  if (scene.over === over) return test;
  const named = (title: string): string => `${title} [left out over ${scene.over}: ${because}]`;
  const skip = (title: string): void => test.skip(named(title), () => {});
  return Object.assign(skip, { each: () => skip }) as unknown as TestAPI;
}

function play<Node extends TestNode>(scene: Scene<Node>, body: (scene: Scene<Node>) => void): void {
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

const missing = (engine: Engine, { needs = [], notOn }: EngineScenario): string | undefined =>
  [notOn?.[engine.name], ...needs.map((need) => engine.missing[need])].find(
    (reason) => reason !== undefined,
  );

const unplayable = <Node extends TestNode>(): Scene<Node> =>
  new Scene<Node>(
    { name: "envoy", missing: {}, start: () => Promise.reject(new Error("left out")) },
    {},
  );
