// In which format is this body? What the header says counts, but a body that plainly looks like another format is read as
// that as well: many applications do.

import { mediaType } from "./header-value.ts";

export type BodyFormat = "form" | "json" | "multipart" | "xml" | "text" | "binary";

export function bodyFormat(contentType: string, text: string): BodyFormat {
  const type = mediaType(contentType);
  if (type.startsWith("multipart/")) return "multipart";
  const shown = shownFormat(text);
  if (/[/+-]json5?$|\/json|x-ndjson|json-seq|csp-report/.test(type)) return "json";
  if (/[/+]xml(?:$|-)/.test(type)) return shown === "json" ? "json" : "xml";
  if (shown !== undefined && type !== "text/html") return shown;
  if (type === "application/x-www-form-urlencoded") return "form";
  if (isBinary(text)) return "binary";
  return type === "" && /^[\w.[\]$%+-]{1,64}=/.test(text) ? "form" : "text";
}

function shownFormat(text: string): BodyFormat | undefined {
  const start = text.slice(0, 512).trimStart();
  if (/^(?:\{\s{0,64}(?:"|\}|$)|\[\s{0,64}(?:\[\s{0,8}["{[0-9\]-]|[{"\]0-9-]|$))/.test(start))
    return "json";
  if (/^(?:<\?xml|<!DOCTYPE (?!html)|<(?:\w{1,32}:)?Envelope)/i.test(start)) return "xml";
  if (/^--[\w'()+,./:=?-]{4,70}\r?\n[Cc]ontent-/.test(start)) return "multipart";
  return undefined;
}

export function isBinary(text: string): boolean {
  const sample = Math.min(text.length, 4096);
  let odd = 0;
  for (let i = 0; i < sample; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 9 || (code > 13 && code < 32) || code === 0xfffd || (code >= 0x7f && code < 0xa0))
      odd += 1;
  }
  return odd * 20 > sample;
}
