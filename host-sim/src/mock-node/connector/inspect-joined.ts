/** What of a request is looked at with a further part? Work stays linear in the bytes that came, however small parts are. */
import type { Attack, InspectedRequest } from "../detection/index.ts";
import { isPacked } from "../inspection/inspector.ts";
import type { JoinedRequest } from "./part-joiner.ts";

const MiB = 1024 * 1024;
/** A body so long is looked at as a whole; of a longer one what is new, with a margin before it. */
const WHOLE = 2 * MiB;
/** So many bytes of a request are looked at again and again, with each part. */
const WHOLE_BUDGET = 16 * MiB;
const MARGIN = 4096;

/** Bytes looked at so far, for requests of more than one part. */
const lookedAt = new WeakMap<JoinedRequest, number>();

/** To be called as soon as the part was joined: another may be joined before this one is looked at. */
export function toInspect(joined: JoinedRequest, newBytes: number): InspectedRequest {
  const { request, last } = joined;
  const before = lookedAt.get(joined) ?? 0;
  // What is packed can only be unfolded from its start.
  const isShort = joined.body.length <= WHOLE || isPacked({ ...request, body: joined.body });
  const whole = isShort && (last || before + joined.body.length <= WHOLE_BUDGET);
  const body = whole ? joined.body : joined.body.subarray(-(newBytes + MARGIN));
  if (!last) lookedAt.set(joined, before + body.length);
  return {
    method: request.rawMethod ?? request.method,
    scheme: request.rawScheme,
    path: request.path,
    headers: request.headers,
    ...(joined.trailers ? { trailers: joined.trailers } : {}),
    body,
    complete: last && !joined.truncated,
  };
}

/** Those that were not found before. */
export function newAttacks(joined: JoinedRequest, attacks: readonly Attack[]): Attack[] {
  const fresh = attacks.filter((attack) => !joined.seen.has(keyOf(attack)));
  for (const attack of attacks) joined.seen.add(keyOf(attack));
  return fresh;
}

/** With the begin of its match alone: the same match may be longer once more of the body is known. */
function keyOf({ type, rule, point, match }: Attack): string {
  return `${type} ${rule} ${point} ${match.slice(0, 16)}`;
}
