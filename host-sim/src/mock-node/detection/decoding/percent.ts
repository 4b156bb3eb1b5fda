// What does percent-encoding hide? %41, and the %u0041 of IIS. What is not such a form stays as it is.

import { decodeUtf8 } from "./utf8.ts";

const RUN = /(?:%[0-9a-fA-F]{2})+/g;
const WIDE = /%[uU]([0-9a-fA-F]{4})/g;

export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(RUN, (run) => {
    let bytes = "";
    for (let i = 1; i < run.length; i += 3) {
      bytes += String.fromCharCode(Number.parseInt(run.slice(i, i + 2), 16));
    }
    return decodeUtf8(bytes);
  });
}

export function decodeWidePercent(text: string): string {
  if (!text.includes("%u") && !text.includes("%U")) return text;
  return text.replace(WIDE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** As in forms and queries: a plus is a space. */
export function decodeForm(text: string): string {
  return decodePercent(text.includes("+") ? text.replaceAll("+", " ") : text);
}
