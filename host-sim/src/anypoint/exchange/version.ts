/** Which of two versions is newer? Semantic versioning 2.0.0, section 11; missing numbers count as 0. */

interface Version {
  readonly numbers: number[];
  readonly prerelease: string[];
}

export const isVersion = (text: string): boolean =>
  /^\d+\.\d+\.\d+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/.test(text);

export function compareVersions(one: string, other: string): number {
  const left = parse(one);
  const right = parse(other);
  for (let at = 0; at < 3; at++) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return comparePrereleases(left.prerelease, right.prerelease);
}

function parse(text: string): Version {
  const [core = "", ...rest] = text.split("-");
  const prerelease = rest.join("-");
  return {
    numbers: core.split(".").map((part) => Number(part) || 0),
    prerelease: prerelease === "" ? [] : prerelease.split("."),
  };
}

function comparePrereleases(one: string[], other: string[]): number {
  if (one.length === 0 || other.length === 0) return Math.sign(other.length - one.length);
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = compareIdentifiers(one[at], other[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifiers(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
  const numeric = [one, other].map((part) => /^\d+$/.test(part));
  if (numeric[0] && numeric[1]) return Math.sign(Number(one) - Number(other));
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return one < other ? -1 : one > other ? 1 : 0;
}
