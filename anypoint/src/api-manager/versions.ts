/** Which version is newer, which is newest, and which one does somebody mean? Semantic versioning 2.0.0, section 11. */
import type { PolicyVersion, Publication } from "./model.ts";

export function compareVersions(one: string, other: string): number {
  const [numbers, label] = split(one);
  const [otherNumbers, otherLabel] = split(other);
  const byNumbers = compareLists(numbers, otherNumbers);
  if (byNumbers !== 0) return byNumbers;
  // A version with a label comes before the same without one.
  if (label.length === 0 || otherLabel.length === 0) return otherLabel.length - label.length;
  return compareLists(label, otherLabel);
}

export const newestFirst = (versions: readonly string[]): string[] =>
  [...new Set(versions)].sort((one, other) => compareVersions(other, one));

/** Which version is meant: the one named, or the newest release, or the newest development version where nothing is released. */
export function chooseVersion(
  publications: readonly Publication[],
  wanted: string | undefined,
): PolicyVersion | undefined {
  for (const { assetId, versions } of publications) {
    const version = versions.find((each) => wanted === undefined || each === wanted);
    if (version !== undefined) return { assetId, version };
  }
  return undefined;
}

function split(version: string): [string[], string[]] {
  const [core = "", ...labels] = version.split("+", 1)[0]!.split("-");
  return [core.split("."), labels.length === 0 ? [] : labels.join("-").split(".")];
}

function compareLists(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [left, right] = [one[at], other[at]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const result = compareParts(left, right);
    if (result !== 0) return result;
  }
  return 0;
}

const isNumber = (part: string): boolean => /^\d+$/.test(part);

/** Numbers by value and before words. BigInt: a time stamp may be beyond what a number holds safely. */
function compareParts(one: string, other: string): number {
  if (isNumber(one) !== isNumber(other)) return isNumber(one) ? -1 : 1;
  if (!isNumber(one)) return one < other ? -1 : one > other ? 1 : 0;
  const [left, right] = [BigInt(one), BigInt(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
