/** Is a request that pretends to be gRPC, an upgrade or a tunnel judged less than it should be? */
import { GRPC, TAKEN, UNANSWERED, UPGRADES } from "./cases/pretended.ts";
import { describeCases } from "./support/describe-cases.ts";

const untold = { holds: true, mayTruncate: true };

await describeCases("what pretends to be gRPC", GRPC);
await describeCases("what offers another protocol", UPGRADES, {}, untold);
await describeCases(
  "what offers another protocol to an API that does not answer",
  UNANSWERED,
  { takesUpgrades: false },
  untold,
);
await describeCases("what the API takes up", TAKEN, {}, { ...untold, mayReach: true });
