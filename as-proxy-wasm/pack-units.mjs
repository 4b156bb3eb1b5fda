/**
 * How are the 16-bit units of static data packed? As ASCII text in UTF-16 mostly is: a unit below 128 is one byte; what was there
 * before within 4096 units is a match of two bytes; any other unit is three. The cheapest such sequence is taken.
 */

/** Tokens from here to WIDE_UNIT are matches: 1, count - 2 (3 bits), distance - 1 (12 bits, high ones first). */
export const MATCH_FLAG = 0x80;
/** The next two bytes are a unit, little-endian. */
export const WIDE_UNIT = 0xff;

const SHORTEST_MATCH = 2;
const LONGEST_MATCH = 9;
const FARTHEST = 4096;

/** `units`: a Uint16Array. Returns bytes. */
export function packUnits(units) {
  const steps = cheapestSteps(units);
  const bytes = [];
  for (let at = 0; at < units.length; at += steps[at].count) {
    const { count, distance } = steps[at];
    const unit = units[at];
    if (distance > 0) {
      bytes.push(MATCH_FLAG | ((count - 2) << 4) | ((distance - 1) >> 8), (distance - 1) & 0xff);
    } else if (unit < MATCH_FLAG) bytes.push(unit);
    else bytes.push(WIDE_UNIT, unit & 0xff, unit >> 8);
  }
  return Uint8Array.from(bytes);
}

/** From the end on: which step at each unit makes the rest cheapest? */
function cheapestSteps(units) {
  const cost = new Array(units.length + 1).fill(0);
  const steps = new Array(units.length);
  for (let at = units.length - 1; at >= 0; at--) {
    steps[at] = { count: 1, distance: 0 };
    cost[at] = cost[at + 1] + (units[at] < MATCH_FLAG ? 1 : 3);
    for (let distance = 1; distance <= Math.min(FARTHEST, at); distance++) {
      const longest = matchLength(units, at, distance);
      for (let count = SHORTEST_MATCH; count <= longest; count++) {
        if (cost[at + count] + 2 >= cost[at] || isWideUnitToken(count, distance)) continue;
        cost[at] = cost[at + count] + 2;
        steps[at] = { count, distance };
      }
    }
  }
  return steps;
}

function matchLength(units, at, distance) {
  let length = 0;
  while (length < LONGEST_MATCH && units[at + length] === units[at + length - distance]) length++;
  return Math.min(length, units.length - at);
}

/** The longest match from farthest off would be written with the byte that says WIDE_UNIT. */
function isWideUnitToken(count, distance) {
  return count === LONGEST_MATCH && distance - 1 >= 0xf00;
}
