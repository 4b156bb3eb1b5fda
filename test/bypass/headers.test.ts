/** Do headers and trailers reach the API as the node was told of them, whatever a client writes into them? */
import { FIELDS, MANY } from "./cases/headers.ts";
import { HOPS, SPOOFED, TRAILERS } from "./cases/spoofed.ts";
import { describeCases } from "./support/describe-cases.ts";

await describeCases("headers", [...FIELDS, ...SPOOFED, ...HOPS, ...TRAILERS]);
await describeCases("a head beyond the usual limits", MANY, {
  headLimits: { fields: 2000, kilobytes: 512 },
});
