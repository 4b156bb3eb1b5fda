/** What does each fault of an external processor do to clients, the API, the log and the metrics? Nothing but what the oracle says. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isWanted } from "./support/fault.ts";
import { FaultyProcessor } from "./support/faulty-processor.ts";
import type { ProcessorFault } from "./support/faulty-processor.ts";
import { builders } from "./support/house.ts";
import type { Builder } from "./support/house.ts";
import { CONFIGURATIONS, Matrix } from "./support/matrix.ts";
import { problems } from "./support/oracle.ts";
import { PROCESSOR_FAULTS, WAYS } from "./support/processor-faults.ts";
import { copiesOf, processorAmounts } from "./support/processor-outcomes.ts";
import { POST_LATER, UPLOAD_LATER } from "./support/requests.ts";
import type { Kind } from "./support/requests.ts";

const ALL = [...WAYS, ...PROCESSOR_FAULTS];
const amounts = processorAmounts();

test("the oracle knows each fault, and no other", () => {
  const names = ALL.map(({ name }) => name);
  expect([...amounts.keys()].sort()).toEqual(names.sort());
});

const play = (builder: Builder): void => {
  const faults = ALL.filter(isWanted);
  const node = new FaultyProcessor();
  const laterKinds = (own: ProcessorFault | undefined): readonly Kind[] =>
    own?.answer === undefined ? [] : [POST_LATER, UPLOAD_LATER];
  const matrix = new Matrix({ builder, faults, node, http2: true, laterKinds });
  beforeAll(() => matrix.play(), 600_000);
  afterAll(() => matrix.end());

  test("leaves no stream, no call and no held byte behind", async () => {
    expect(await matrix.leftovers()).toEqual([]);
    expect(node.problems).toEqual([]);
  }, 60_000);

  describe.each(CONFIGURATIONS)("$mode, fallback_action $fallback", ({ mode, fallback }) => {
    test.each(faults)("$name", ({ name }) => {
      const amount = amounts.get(name)!;
      const copies = copiesOf(name);
      const traces = matrix.traces(name, { mode, fallback });
      expect(problems({ mode, fallback, amount, copies }, traces)).toEqual([]);
    });
  });
};

for (const { name, builder } of builders()) {
  if (builder === undefined) describe.skip(`ext-proc on ${name}`, () => test("left out", () => {}));
  else describe(`ext-proc on ${name}`, () => play(builder));
}
