/** Can a client frame a request so that the API reads another one than the node was asked about? */
import { CHUNKS } from "./cases/chunks.ts";
import { CODINGS, LENGTHS } from "./cases/lengths.ts";
import { LINES } from "./cases/lines.ts";
import { describeCases } from "./support/describe-cases.ts";

await describeCases("framing", [...LENGTHS, ...CODINGS, ...CHUNKS, ...LINES]);
