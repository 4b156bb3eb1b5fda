// Would the client rather read HTML than JSON? What its Accept header says, by RFC 9110 §12.5.1.
import { bytesToString, HeaderPairs, StaticName } from "as-proxy-wasm";
import { decimal, lowerCase } from "./ascii";

const ACCEPT = StaticName.of("accept");
/** Characters; nobody's preference is longer, and a request must not make work out of it. */
const LONGEST: i32 = 1024;

/** The Accept headers of a request, as one list of at most 1 KiB. */
export function acceptOf(pairs: HeaderPairs): string {
  let accept = "";
  // A header that stands several times is one list.
  for (
    let i = pairs.find(ACCEPT);
    i >= 0 && accept.length < LONGEST;
    i = pairs.find(ACCEPT, i + 1)
  ) {
    accept += (accept.length > 0 ? "," : "") + bytesToString(pairs.value(i), 0, LONGEST);
  }
  return accept.substring(0, LONGEST);
}

/** Does the client want HTML more? With a wildcard for both, or no header, it wants JSON. */
export function prefersHtml(accept: string): bool {
  const ranges = lowerCase(accept).split(",");
  return quality(ranges, "text/", "html") > quality(ranges, "application/", "json");
}

/** Of a media type, in thousandths. The closest range counts, whatever others say. */
function quality(ranges: string[], type: string, subtype: string): i32 {
  let closest = -1;
  let found = 0;
  for (let i = 0; i < ranges.length; i++) {
    const parts = unchecked(ranges[i]).split(";");
    const range = unchecked(parts[0]).trim();
    const closeness =
      range == type + subtype ? 2 : range == type + "*" ? 1 : range == "*/*" ? 0 : -1;
    if (closeness < 0 || closeness < closest) continue;
    const weight = weightIn(parts);
    found = closeness == closest ? max(found, weight) : weight;
    closest = closeness;
  }
  return found;
}

/** The value of `q`, in thousandths; what is none counts as not wanted. */
function weightIn(parts: string[]): i32 {
  for (let i = 1; i < parts.length; i++) {
    const parameter = unchecked(parts[i]).trim();
    if (!parameter.startsWith("q=")) continue;
    // `0`, `0.`, `0.8`, `1.000`: at most three digits behind the point.
    const thousandths = decimal(
      parameter.substring(2, 3) + (parameter.substring(4) + "000").substring(0, 3),
    );
    const isWellFormed =
      parameter.length <= 7 && (parameter.length == 3 || parameter.charAt(3) == ".");
    return isWellFormed && thousandths >= 0 && thousandths <= 1000 ? thousandths : 0;
  }
  return 1000;
}
