/** What does each fault of an external processor do to clients, the API, the log and the metrics? Nothing but what the oracle says. */
import { expect, test } from "vitest";
import { isWanted } from "./support/fault.ts";
import { FaultyProcessor } from "./support/faulty-processor.ts";
import type { ProcessorFault } from "./support/faulty-processor.ts";
import { playFaults } from "./support/play-faults.ts";
import { PROCESSOR_FAULTS, WAYS } from "./support/processor-faults.ts";
import { copiesOf, processorAmounts } from "./support/processor-outcomes.ts";
import { partsOf, POST_LATER, UPLOAD_LATER } from "./support/requests.ts";

const ALL = [...WAYS, ...PROCESSOR_FAULTS];
const amounts = processorAmounts();

test("the oracle knows each fault, and no other", () => {
  const names = ALL.map(({ name }) => name);
  expect([...amounts.keys()].sort()).toEqual(names.sort());
});

playFaults<ProcessorFault>({
  title: "ext-proc",
  faults: ALL.filter(isWanted),
  createNode: () => new FaultyProcessor(),
  http2: true,
  laterKinds: (own) => (own?.answer === undefined ? [] : [POST_LATER, UPLOAD_LATER]),
  expected: (name) => ({
    amount: amounts.get(name)!,
    copies: copiesOf(name),
    // The head; the head of the response, and its body.
    messages: (kind) => 1 + partsOf(kind) + 2,
  }),
});
