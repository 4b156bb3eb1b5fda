// Which points does one value open up? Itself, and what is packed in it: JSON, XML, or a URL with a query of its own.

import { decodeForm } from "./decoding/percent.ts";
import { jsonItems } from "./parsing/json.ts";
import { pairsOf } from "./parsing/pairs.ts";
import { xmlItems } from "./parsing/xml.ts";
import type { Point, PointKind } from "./point.ts";

export function* valuePoints(point: Point, depth: number): Generator<Point> {
  if (depth <= 0 || point.text.length < 4) {
    yield point;
    return;
  }
  const start = point.text.slice(0, 64).trimStart();
  if (
    /^(?:\{\s{0,32}"|\[\s{0,32}(?:[{"]|\[\s{0,8}["{[0-9\]-]))/.test(start) &&
    (point.kind !== "file" || isJson(point.text))
  ) {
    yield* jsonPoints(point.name, point.text, depth - 1, point.decodings);
    if (!isJson(point.text)) yield point;
    return;
  }
  yield point;
  if (/^<(?:\?xml|!DOCTYPE (?!html))/i.test(start)) {
    yield* xmlPoints(`${point.name} xml:`, point.text, point.decodings);
  } else if (/^(?:https?:)?\/{1,2}[\w.~:@%/-]{0,60}/i.test(start)) {
    const query = point.text.indexOf("?");
    if (query >= 0)
      yield* pairPoints(`${point.name} query`, point.text.slice(query + 1), depth - 1);
  }
}

/** What only begins like JSON is read as what it is as well: "[[${7*7}]]". */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Names and values of a query or a form. */
export function* pairPoints(prefix: string, text: string, depth: number): Generator<Point> {
  const kind: PointKind = prefix.endsWith("form") ? "form" : "query";
  for (const pair of pairsOf(text, "&")) {
    const name = decodeForm(pair.name);
    const decodings =
      pair.name === name && pair.value === decodeForm(pair.value) ? [] : ["percent"];
    const address = `${prefix}:${name.slice(0, 100)}`;
    const field = lastName(name);
    const named: Point = { kind: "name", name: `${prefix} name`, field, text: name, decodings };
    if (pair.value === "") yield* valuePoints(named, depth);
    else yield named;
    const value = { kind, name: address, field, text: decodeForm(pair.value), decodings };
    yield* valuePoints(value, depth);
    // Where the application leaves the plus alone, "+ADw-" is UTF-7 and "a+b" is base64.
    if (pair.value.includes("+") && /\+A[A-Za-z0-9]{2}-/.test(pair.value)) {
      yield { ...value, text: pair.value, decodings: [] };
    }
  }
}

export function* jsonPoints(
  prefix: string,
  text: string,
  depth: number,
  decodings: readonly string[] = [],
): Generator<Point> {
  for (const item of jsonItems(text)) {
    const name = prefix === "json" ? `json:${item.path}` : `${prefix} json:${item.path}`;
    const field = lastName(item.path);
    if (item.role === "key") {
      // What an operator of a database compares with tells an attack from a filter.
      const named = /^\$(?:gte?|lte?|eq|in)$/.test(item.text)
        ? `${item.text}:${item.ahead ?? ""}`
        : item.text;
      yield { kind: "name", name: `${name} key`, field, text: named, decodings };
    } else if (item.text !== "") {
      yield* valuePoints({ kind: "json", name, field, text: item.text, decodings }, depth);
    }
  }
}

export function* xmlPoints(
  prefix: string,
  text: string,
  decodings: readonly string[] = [],
): Generator<Point> {
  yield { kind: "markup", name: `${prefix}markup`, field: "", text, decodings };
  for (const { role, path, text: value } of xmlItems(text)) {
    if (value === "" || path.includes("@xmlns")) continue;
    const kind: PointKind = role === "doctype" ? "doctype" : "xml";
    yield { kind, name: `${prefix}${path}`, field: lastName(path), text: value, decodings };
  }
}

const ONE_NAME = /^[a-z0-9_$-]{1,200}$/;

/** `user[name]` and `user.name` are both about a name. */
function lastName(path: string): string {
  if (ONE_NAME.test(path)) return path;
  const words = path
    .slice(-200)
    .toLowerCase()
    .split(/[^a-z0-9_$-]+/);
  return words.findLast((word) => word !== "") ?? "";
}
