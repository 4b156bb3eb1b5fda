/** Is nothing let through unjudged on hosts that hold no headers, and is everything told where nothing is held? */
import { PARTS, SPLIT } from "./cases/bodies.ts";
import { raw, row, sized } from "./cases/wire.ts";
import type { Row } from "./cases/wire.ts";
import { describeCases } from "./support/describe-cases.ts";
import { NEEDLE } from "./support/told.ts";

const some = (rows: readonly Row[]): readonly Row[] => rows.filter((_, index) => index % 6 === 0);
const heads = [
  row("in the path", [403], raw(`GET /${NEEDLE}`)),
  row("in a header of a request with a body", [403], sized("POST /h", "abc", [`x-a: ${NEEDLE}`])),
  row("in the body", [403], sized("POST /h", NEEDLE)),
  row("nowhere", [200], sized("POST /h", "abc")),
];
const rows = [...heads, ...some(SPLIT), ...some(PARTS)];

const limit = { request_body_limit: 16 };
await describeCases("an attack on a host that holds no headers", rows, {
  allowOnHeadersStopIteration: false,
  config: { ...limit, header_holding: "off" },
});
await describeCases("an attack on a host that says that it holds headers", rows, {
  config: { ...limit, header_holding: "on" },
});

/** Nothing is held, and so everything arrives. */
const ending = rows.filter((each) => each.leavesAfter === undefined);
const passed = [...heads, ...ending.slice(-3)].map((each) => ({
  ...each,
  statuses: each.statuses.map(() => 200),
}));
await describeCases(
  "an attack in async mode",
  passed,
  { config: { wallarm_mode: "async" } },
  { holds: false, mayTruncate: false },
);
