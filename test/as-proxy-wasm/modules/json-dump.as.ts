// What did the JSON reader see? The value written again in one canonical form, or the error and its place.
import { JsonKind, JsonValue, parseJson } from "as-proxy-wasm/json";

export function dumpJson(bytes: ArrayBuffer): string {
  const result = parseJson(bytes);
  const value = result.value;
  return value === null ? `${result.position}: ${result.error}` : dump(value);
}

/** What the methods for checkers say about the text's outermost value. */
export function inspectJson(bytes: ArrayBuffer, key: string): string {
  const value = parseJson(bytes).value!;
  const found = value.get(key);
  const duplicate = value.duplicateKey();
  const at = found === null ? "none" : `${dump(found)}@${found.position}`;
  return `${at} duplicate=${duplicate === null ? "none" : duplicate} integer=${value.isInteger()}`;
}

export function jsonNumber(bytes: ArrayBuffer): f64 {
  return parseJson(bytes).value!.number;
}

function dump(value: JsonValue): string {
  if (value.kind == JsonKind.Null) return "null";
  if (value.kind == JsonKind.Bool) return value.bool ? "true" : "false";
  if (value.kind == JsonKind.Number) return value.text;
  if (value.kind == JsonKind.String) return quote(value.text);
  const parts: string[] = [];
  for (let i = 0; i < value.items.length; i++) {
    const key = value.kind == JsonKind.Object ? quote(value.keys[i]) + ":" : "";
    parts.push(key + dump(value.items[i]));
  }
  const inside = parts.join(",");
  return value.kind == JsonKind.Object ? "{" + inside + "}" : "[" + inside + "]";
}

/** Every character as \uXXXX: independent of any escaping rule. */
function quote(text: string): string {
  const parts: string[] = [];
  for (let i = 0; i < text.length; i++) {
    parts.push("\\u" + text.charCodeAt(i).toString(16).padStart(4, "0"));
  }
  return '"' + parts.join("") + '"';
}
