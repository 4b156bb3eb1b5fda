// Which rules match at which points of a request? Joins points, readings and rules, and keeps to the limits.

import type { Attack } from "./attack.ts";
import { decodeBase64 } from "./decoding/base64.ts";
import { type Variant, variantsOf } from "./decoding/variants.ts";
import { explain } from "./explanation.ts";
import type { InspectedRequest } from "./inspected-request.ts";
import type { DetectionLimits } from "./limits.ts";
import type { Point } from "./point.ts";
import { pointsOf } from "./points.ts";
import { RULE_SETS } from "./rules/index.ts";
import { subjectsOf } from "./subject.ts";

interface Inspection {
  readonly limits: DetectionLimits;
  readonly base64Points: ReadonlySet<string>;
  readonly attacks: Attack[];
  /** Rule and point of what was found, so that each is told once. */
  readonly told: Set<string>;
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
    budget: limits.scannedCharacters,
  };
  const seen = new Set<string>();
  let points = 0;
  for (const point of pointsOf(request, limits)) {
    points += 1;
    if (points > limits.points || inspection.budget <= 0) break;
    if (inspection.attacks.length >= limits.attacks) break;
    // The same short value again, at a like point, holds nothing new.
    const key = `${point.kind} ${point.name} ${point.text.slice(0, 256)}`;
    if (point.text.length <= 256 && seen.has(key)) continue;
    seen.add(key);
    inspectPoint(inspection, point);
  }
  return inspection.attacks.slice(0, limits.attacks);
}

function inspectPoint(inspection: Inspection, point: Point): void {
  for (const variant of readings(inspection, point)) {
    if (inspection.budget <= 0) return;
    inspection.budget -= variant.text.length + 16;
    for (const subject of subjectsOf(point, variant.text, variant.decodings)) {
      for (const { gate, rules } of RULE_SETS) {
        if (!gate.test(subject.lower)) continue;
        for (const rule of rules) {
          const key = `${rule.name} ${point.name}`;
          if (inspection.told.has(key) || (point.kind === "binary" && rule.inBinary !== true))
            continue;
          const match = rule.find(subject);
          if (match === undefined) continue;
          inspection.told.add(key);
          inspection.attacks.push(explain(rule, point, subject, match));
        }
      }
    }
  }
}

/** All readings of a value; what is base64 inside is read too, twice at most. */
function readings(inspection: Inspection, point: Point): Variant[] {
  if (point.kind === "binary" || point.kind === "doctype")
    return [{ text: point.text, decodings: point.decodings }];
  const most = inspection.limits.variants;
  const found = variantsOf(point.text, point.decodings, most);
  for (let i = 0; i < found.length && found.length < most; i += 1) {
    const variant = found[i] as Variant;
    if (variant.decodings.filter((name) => name === "base64").length >= 2) continue;
    const inner = packed(variant.text, inspection.base64Points.has(point.name));
    if (inner !== undefined)
      found.push(...variantsOf(inner, [...variant.decodings, "base64"], most - found.length));
  }
  return found;
}

/** The whole value, or what follows ";base64," in a data: URL; at named points also with spaces for pluses. */
function packed(text: string, isNamed: boolean): string | undefined {
  if (text.length > 2_000_000) return undefined;
  const data = text.indexOf(";base64,");
  if (data >= 0)
    return decodeBase64(
      /^[A-Za-z0-9+/_-]{0,65536}={0,2}/.exec(text.slice(data + 8, data + 65_600))?.[0] ?? "",
    );
  const whole = decodeBase64(text.trim().replaceAll(" ", "+"));
  return whole ?? (isNamed ? Buffer.from(text, "base64").toString("utf8") : undefined);
}
