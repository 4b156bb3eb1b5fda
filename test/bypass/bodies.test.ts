/** Can an attack be cut so that each piece looks harmless, and is no more let through than the operator allows? */
import { PARTS, PIPELINED, SLOW, SPLIT } from "./cases/bodies.ts";
import { BLOCK, BYTES, HEADS, PASS } from "./cases/overflow.ts";
import { describeCases } from "./support/describe-cases.ts";

const config = (limit: number, overflow = "inspect") => ({
  config: { request_body_limit: limit, request_body_overflow: overflow },
});
const truncating = { holds: true, mayTruncate: true, mayReach: true };

await describeCases("an attack", [...SPLIT, ...PIPELINED, ...SLOW]);
await describeCases("an attack where a part is 16 bytes", PARTS, config(16));
await describeCases("an attack where a part is one byte", BYTES, config(1));
await describeCases(
  "an attack where more than 16 bytes pass",
  PASS,
  config(16, "pass"),
  truncating,
);
await describeCases("an attack where more than 16 bytes are refused", BLOCK, config(16, "block"));
await describeCases("an attack where only heads are judged", HEADS, config(0), truncating);
