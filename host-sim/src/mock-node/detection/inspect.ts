// Which rules match at which points of a request? Joins points, readings and rules, and keeps to the limits.

import type { Attack } from "./attack.ts";
import { decodeBase64, decodeData } from "./decoding/base64.ts";
import { type Variant, variantsOf } from "./decoding/variants.ts";
import { explain } from "./explanation.ts";
import type { InspectedRequest } from "./inspected-request.ts";
import { type DetectionLimits, WINDOW } from "./limits.ts";
import { Overlimit, overlimit, overTime } from "./overlimit.ts";
import type { Point } from "./point.ts";
import { pointsOf } from "./points.ts";
import { RULE_SETS } from "./rules/index.ts";
import type { Subject } from "./rules/rule.ts";
import { subjectsOf } from "./subject.ts";

interface Inspection {
  readonly limits: DetectionLimits;
  readonly base64Points: ReadonlySet<string>;
  readonly attacks: Attack[];
  /** Rule and point of what was found, so that each is told once. */
  readonly told: Set<string>;
  /** Short values that have been looked at, with their kind and name. */
  readonly seen: Set<string>;
  readonly deadline: number;
  points: number;
  /** Characters that may still be read. */
  budget: number;
}

export function inspectRequest(
  request: InspectedRequest,
  limits: DetectionLimits,
  base64Points: readonly string[],
): Attack[] {
  const inspection: Inspection = {
    limits,
    base64Points: new Set(base64Points),
    attacks: [],
    told: new Set(),
    seen: new Set(),
    deadline: performance.now() + limits.milliseconds,
    points: 0,
    budget: limits.scannedCharacters,
  };
  const { attacks } = inspection;
  try {
    for (const point of pointsOf(request, limits)) {
      if (attacks.length >= limits.attacks) break;
      spendPoint(inspection);
      inspectPoint(inspection, point);
    }
  } catch (error) {
    if (!(error instanceof Overlimit)) throw error;
    return [...attacks.slice(0, limits.attacks), error.attack];
  }
  return attacks.slice(0, limits.attacks);
}

function spendPoint(inspection: Inspection): void {
  inspection.points += 1;
  const { points } = inspection.limits;
  if (inspection.points > points)
    throw new Overlimit(overlimit("overlimit-points", `it holds more than ${points} values.`));
  checkTime(inspection);
}

function checkTime({ deadline, limits }: Inspection): void {
  if (performance.now() > deadline) throw new Overlimit(overTime(limits.milliseconds));
}

function spendCharacters(inspection: Inspection, characters: number): void {
  inspection.budget -= characters;
  if (inspection.budget >= 0) return;
  const { scannedCharacters } = inspection.limits;
  const why = `all readings of its values are more than ${scannedCharacters} characters.`;
  throw new Overlimit(overlimit("overlimit-characters", why));
}

function inspectPoint(inspection: Inspection, point: Point): void {
  if (isHarmless(point.text) && !inspection.base64Points.has(point.name)) {
    spendCharacters(inspection, point.text.length + 16);
    return;
  }
  if (point.text.length <= 256) {
    // The same short value again, at a like point, holds nothing new.
    const key = `${point.kind} ${point.name} ${point.text}`;
    if (inspection.seen.has(key)) return;
    inspection.seen.add(key);
  }
  for (const variant of readings(inspection, point)) {
    spendCharacters(inspection, variant.text.length + 16);
    checkTime(inspection);
    for (const subject of subjectsOf(point, variant.text, variant.decodings))
      inspectSubject(inspection, point, subject);
  }
}

function inspectSubject(inspection: Inspection, point: Point, subject: Subject): void {
  for (const { gate, rules } of RULE_SETS) {
    if (!gate.test(subject.lower)) continue;
    for (const rule of rules) {
      const key = `${rule.name} ${point.name}`;
      if (inspection.told.has(key) || (point.kind === "binary" && rule.inBinary !== true)) continue;
      checkTime(inspection);
      const match = rule.find(subject);
      if (match === undefined) continue;
      inspection.told.add(key);
      inspection.attacks.push(explain(rule, point, subject, match));
    }
  }
}

/** No decoding changes these, and base64 needs eight characters of its own alphabet or blanks. */
const PLAIN = /^[ !#$'()*,\-./0-9:;<=>?@A-Z[\]^_a-z{|}~]*$/;
const NO_BASE64 = /[^A-Za-z0-9+/_= -]/;

/** Most values are: what no rule would look at twice costs next to nothing. */
function isHarmless(text: string): boolean {
  if (text.length > WINDOW || !PLAIN.test(text)) return false;
  if (text.length >= 8 && !NO_BASE64.test(text)) return false;
  const lower = text.toLowerCase();
  return !RULE_SETS.some(({ gate }) => gate.test(lower));
}

/** All readings of a value; what is base64 inside is read too, twice at most. */
function readings(inspection: Inspection, point: Point): Variant[] {
  if (point.kind === "binary" || point.kind === "doctype")
    return [{ text: point.text, decodings: point.decodings }];
  const most = inspection.limits.variants;
  const found = variantsOf(point.text, point.decodings, most + 1);
  for (let i = 0; i < found.length && found.length <= most; i += 1) {
    checkTime(inspection);
    const variant = found[i] as Variant;
    if (variant.decodings.filter((name) => name === "base64").length >= 2) continue;
    const inner = packed(variant.text, inspection.base64Points.has(point.name));
    if (inner !== undefined)
      found.push(...variantsOf(inner, [...variant.decodings, "base64"], most + 1 - found.length));
  }
  if (found.length <= most) return found;
  const why = `${point.name} is encoded in so many layers that there are more than ${most} readings.`;
  inspection.attacks.push(overlimit("overlimit-encodings", why, point.name));
  return found;
}

/** The whole value, or what follows ";base64," in a data: URL; at named points also with spaces for pluses. */
function packed(text: string, isNamed: boolean): string | undefined {
  const data = text.indexOf(";base64,");
  if (data >= 0) return decodeData(text, data + 8);
  const whole = decodeBase64(text.trim().replaceAll(" ", "+"));
  return whole ?? (isNamed ? Buffer.from(text, "base64").toString("utf8") : undefined);
}
