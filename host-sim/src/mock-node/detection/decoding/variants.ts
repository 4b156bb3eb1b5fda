// Under which readings must a value be judged? As it came, and after each decoding that changes it, again and again
// until nothing changes: so double and triple encodings come to light.

import { decodeHtmlEntities } from "./html-entities.ts";
import { dropInvisible } from "./invisible.ts";
import { foldLookalikes } from "./lookalikes.ts";
import { decodePercent, decodeWidePercent } from "./percent.ts";
import { decodeScriptEscapes } from "./script-escapes.ts";
import { decodeUtf7 } from "./utf7.ts";

export interface Variant {
  readonly text: string;
  /** Names of the decodings that led here, outermost first. */
  readonly decodings: readonly string[];
}

const CODINGS = [
  { name: "percent", decode: decodePercent },
  { name: "percent-u", decode: decodeWidePercent },
  { name: "script escapes", decode: decodeScriptEscapes },
  { name: "HTML entities", decode: decodeHtmlEntities },
  { name: "UTF-7", decode: decodeUtf7 },
  { name: "look-alike characters", decode: foldLookalikes },
  { name: "invisible characters", decode: dropInvisible },
] as const;

/** At most so many. */
export function variantsOf(value: string, decodings: readonly string[], most: number): Variant[] {
  const found: Variant[] = [{ text: value, decodings }];
  let current = found[0];
  // Each round undoes one layer of every coding.
  while (current !== undefined) {
    const before: Variant = current;
    for (const { name, decode } of CODINGS) {
      const text: string = decode(current.text);
      if (text === current.text) continue;
      current = { text, decodings: [...current.decodings, name] };
      if (found.length >= most) return found;
      found.push(current);
    }
    if (current === before) break;
  }
  return found;
}
