/** Which new attacks does a part bring? Work stays linear in the bytes that came, however small the parts are. */
import { inspect, type Attack, type DetectionOptions } from "../detection/index.ts";
import type { JoinedRequest } from "./part-joiner.ts";

const MiB = 1024 * 1024;
/** So many bytes of a request are looked at again with each part; then only what is new, with a margin before it. */
const WHOLE_BUDGET = 16 * MiB;
const MARGIN = 4096;

/** Bytes looked at so far, for requests of more than one part. */
const lookedAt = new WeakMap<JoinedRequest, number>();

export function inspectJoined(
  joined: JoinedRequest,
  newBytes: number,
  options: DetectionOptions,
): Attack[] {
  const { request } = joined;
  const before = lookedAt.get(joined) ?? 0;
  const whole = joined.last || before + joined.body.length <= WHOLE_BUDGET;
  const body = whole ? joined.body : joined.body.subarray(-(newBytes + MARGIN));
  if (!joined.last) lookedAt.set(joined, before + body.length);
  const attacks = inspect(
    {
      method: request.method,
      path: request.path,
      headers: request.headers,
      ...(joined.trailers ? { trailers: joined.trailers } : {}),
      body,
      complete: joined.last && !joined.truncated,
    },
    options,
  );
  const fresh = attacks.filter((attack) => !joined.seen.has(keyOf(attack)));
  for (const attack of attacks) joined.seen.add(keyOf(attack));
  return fresh;
}

/** With the begin of its match alone: the same match may be longer once more of the body is known. */
function keyOf({ type, rule, point, match }: Attack): string {
  return `${type} ${rule} ${point} ${match.slice(0, 16)}`;
}
