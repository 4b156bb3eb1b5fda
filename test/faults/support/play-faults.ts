/** How do the faults of one kind of node become tests, on each engine that is there? */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fault } from "./fault.ts";
import { builders } from "./builders.ts";
import type { Builder } from "./house.ts";
import { isChosen } from "../../support/slice.ts";
import { CONFIGURATIONS, Matrix } from "./matrix.ts";
import type { Ports } from "./matrix.ts";
import { problems } from "./oracle.ts";
import type { Expectation } from "./oracle.ts";
import type { Kind } from "./requests.ts";

export interface FaultyKind<Node> {
  readonly title: string;
  readonly faults: readonly Fault<Node>[];
  readonly createNode: () => Ports<Node> & { readonly problems: readonly string[] };
  readonly http2: boolean;
  /** Of a fault that answers: requests that meet it in the middle. */
  readonly laterKinds: (node: Node | undefined) => readonly Kind[];
  readonly expected: (fault: string) => Pick<Expectation, "amount" | "copies" | "messages">;
}

export function playFaults<Node>(kind: FaultyKind<Node>): void {
  const all = builders();
  const isSliced = all.every(({ builder }) => builder !== undefined);
  for (const [at, { name, builder }] of all.entries()) {
    const title = `${kind.title} on ${name}`;
    const faults = kind.faults.filter((fault) => !isSliced || isChosen(fault.name, at));
    if (builder === undefined) describe.skip(title, () => test("left out", () => {}));
    else describe(title, () => play({ ...kind, faults }, builder));
  }
}

function play<Node>(kind: FaultyKind<Node>, builder: Builder): void {
  const node = kind.createNode();
  const { faults, http2, laterKinds } = kind;
  const matrix = new Matrix({ builder, faults, node, http2, laterKinds });
  beforeAll(() => matrix.play(), 600_000);
  afterAll(() => matrix.end());

  test("leaves no stream, no call and no held byte behind", async () => {
    expect(await matrix.leftovers()).toEqual([]);
    expect(node.problems).toEqual([]);
  }, 60_000);

  const title = "$mode, fallback_action $fallback, unjudged_action $unjudged, probes $probes";
  describe.each(CONFIGURATIONS)(title, (configuration) => {
    const played = faults.filter((each) => matrix.configurations(each).includes(configuration));
    test.each(played)("$name", ({ name }) => {
      const traces = matrix.traces(name, configuration);
      expect(problems({ ...configuration, ...kind.expected(name) }, traces)).toEqual([]);
    });
  });
}
