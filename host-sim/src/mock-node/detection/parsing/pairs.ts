// Which names and values are in a query, a form or a cookie header? Raw: decoding is the caller's, as a cookie knows no plus.

export interface Pair {
  readonly name: string;
  readonly value: string;
}

export function* pairsOf(text: string, separator: "&" | ";"): Generator<Pair> {
  for (let at = 0; at < text.length;) {
    const found = text.indexOf(separator, at);
    const end = found < 0 ? text.length : found;
    const equals = text.indexOf("=", at);
    if (end > at) {
      yield equals < 0 || equals >= end
        ? { name: text.slice(at, end), value: "" }
        : { name: text.slice(at, equals), value: text.slice(equals + 1, end) };
    }
    at = end + 1;
  }
}
