/** Which behaviours are compared with real Envoy? */
import { attributes } from "./attributes.ts";
import { bodies } from "./bodies.ts";
import { calls } from "./calls.ts";
import { headers } from "./headers.ts";
import { replies } from "./replies.ts";
import { surroundings } from "./surroundings.ts";
import { upstreams } from "./upstreams.ts";
import type { ProbeCase } from "./probe-case.ts";

export const cases: readonly ProbeCase[] = [
  ...headers,
  ...bodies,
  ...calls,
  ...replies,
  ...attributes,
  ...surroundings,
  ...upstreams,
];
