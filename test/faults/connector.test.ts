/** What does each fault of a node over HTTP do to clients, the API, the log and the metrics? Nothing but what the oracle says. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ANSWERS } from "./support/answer-faults.ts";
import { isWanted } from "./support/fault.ts";
import { CONNECTIONS, WAYS } from "./support/connection-faults.ts";
import { connectorAmounts, copiesOf } from "./support/connector-outcomes.ts";
import { FaultyNode } from "./support/faulty-node.ts";
import type { NodeFault } from "./support/faulty-node.ts";
import { builders } from "./support/house.ts";
import type { Builder } from "./support/house.ts";
import { CONFIGURATIONS, Matrix } from "./support/matrix.ts";
import { problems } from "./support/oracle.ts";
import { UPLOAD_LATER } from "./support/requests.ts";
import type { Kind } from "./support/requests.ts";
import { VERDICT_FAULTS } from "./support/verdict-faults.ts";

const ALL = [...WAYS, ...CONNECTIONS, ...ANSWERS, ...VERDICT_FAULTS];
const FAULTS = ALL.filter(isWanted);
const amounts = connectorAmounts();

test("the oracle knows each fault, and no other", () => {
  expect([...amounts.keys()].sort()).toEqual(ALL.map(({ name }) => name).sort());
});

const play = (builder: Builder): void => {
  const node = new FaultyNode();
  const laterKinds = (own: NodeFault | undefined): readonly Kind[] =>
    own?.answer === undefined ? [] : [UPLOAD_LATER];
  const matrix = new Matrix({ builder, faults: FAULTS, node, http2: false, laterKinds });
  beforeAll(() => matrix.play(), 600_000);
  afterAll(() => matrix.end());

  test("leaves no stream, no call and no held byte behind", async () => {
    expect(await matrix.leftovers()).toEqual([]);
    expect(node.problems).toEqual([]);
  }, 60_000);

  describe.each(CONFIGURATIONS)("$mode, fallback_action $fallback", ({ mode, fallback }) => {
    test.each(FAULTS)("$name", ({ name }) => {
      const amount = amounts.get(name)!;
      const copies = copiesOf(name, amount);
      const traces = matrix.traces(name, { mode, fallback });
      expect(problems({ mode, fallback, amount: () => amount, copies }, traces)).toEqual([]);
    });
  });
};

for (const { name, builder } of builders()) {
  if (builder === undefined)
    describe.skip(`connector on ${name}`, () => test("left out", () => {}));
  else describe(`connector on ${name}`, () => play(builder));
}
