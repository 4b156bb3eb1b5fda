/** What does each fault of a node over HTTP do to clients, the API, the log and the metrics? Nothing but what the oracle says. */
import { expect, test } from "vitest";
import { ANSWERS } from "./support/answer-faults.ts";
import { isWanted } from "./support/fault.ts";
import { CONNECTIONS, WAYS } from "./support/connection-faults.ts";
import { connectorAmounts, copiesOf } from "./support/connector-outcomes.ts";
import { FaultyNode } from "./support/faulty-node.ts";
import type { NodeFault } from "./support/faulty-node.ts";
import { playFaults } from "./support/play-faults.ts";
import { partsOf, UPLOAD_LATER } from "./support/requests.ts";
import type { Kind } from "./support/requests.ts";
import { VERDICT_FAULTS } from "./support/verdict-faults.ts";

const ALL = [...WAYS, ...CONNECTIONS, ...ANSWERS, ...VERDICT_FAULTS];
const FAULTS = ALL.filter(isWanted);
const amounts = connectorAmounts();

test("the oracle knows each fault, and no other", () => {
  expect([...amounts.keys()].sort()).toEqual(ALL.map(({ name }) => name).sort());
});

playFaults<NodeFault>({
  title: "connector",
  faults: FAULTS,
  createNode: () => new FaultyNode(),
  http2: false,
  laterKinds: (own) => (own?.answer === undefined ? [] : [UPLOAD_LATER]),
  expected: (name) => {
    const amount = amounts.get(name)!;
    // A head goes with the first part of its body; and the response.
    const messages = (kind: Kind): number => Math.max(1, partsOf(kind)) + 1;
    return { amount: () => amount, copies: copiesOf(name, amount), messages };
  },
});
