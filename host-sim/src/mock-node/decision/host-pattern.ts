/** Does a host match a pattern of `allowed_hosts` or of a route? Patterns are those of Go's path.Match. */

/** DNS ends at 253; a longer host would only cost time. */
const MAX_HOST = 1024;

/** No separator but `/`, which no host has: `*.test.com` matches `a.b.test.com` too. */
export function matchesHost(pattern: string, host: string): boolean {
  return host.length <= MAX_HOST && (toRegExp(pattern)?.test(host) ?? false);
}

export function isHostPattern(pattern: string): boolean {
  return pattern !== "" && toRegExp(pattern) !== undefined;
}

const compiled = new Map<string, RegExp | undefined>();

/** Patterns come from the configuration alone, so the memory stays small. */
function toRegExp(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
  return compiled.get(pattern);
}

function compile(pattern: string): RegExp | undefined {
  let source = "";
  // A run of stars is one: two of them side by side would make the expression slow.
  for (const [term] of pattern.matchAll(/\*+|\?|\\.|\[\^?(?:\\.|[^\]\\])+\]|[^[\\]|[[\\]/gs)) {
    const translated = translate(term);
    if (translated === undefined) return undefined;
    source += translated;
  }
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    return undefined; // for example a range that runs backwards
  }
}

function translate(term: string): string | undefined {
  if (term.startsWith("*")) return "[^/]*";
  if (term === "?") return "[^/]";
  if (term === "[" || term === "\\") return undefined; // opened, and never closed
  if (term.startsWith("[")) return term;
  return (term.startsWith("\\") ? term.slice(1) : term).replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** `Shop.Example.com:8443` → `shop.example.com`. */
export function hostWithoutPort(host: string): string {
  const lower = host.toLowerCase();
  return /^(\[[^\]]*\]|[^:]*)(:\d*)?$/.exec(lower)?.[1] ?? lower;
}
