/** Can a client ask for a resource so that the API serves another one than the node was asked about? */
import { TARGETS, METHODS } from "./cases/targets.ts";
import { describeCases } from "./support/describe-cases.ts";

await describeCases("targets", [...TARGETS, ...METHODS]);
