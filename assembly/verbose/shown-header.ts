// What of a header may stand in a log? Its name and its length; its value only where the header is one that holds no secrets,
// and the value is what such headers hold.
import { utf8Length } from "as-proxy-wasm";
import { isDigit, isLetter, lowerCase } from "../ascii";
import { isPlainWord, lengthOf, shownWord } from "./plain-word";

const LONGEST_NAME: i32 = 128;
const LONGEST_VALUE: i32 = 256;

/** Lists of words. */
const HARMLESS: StaticArray<string> = [
  "accept",
  "accept-encoding",
  "accept-language",
  "accept-ranges",
  "age",
  "cache-control",
  "connection",
  "content-encoding",
  "content-language",
  "content-length",
  "content-type",
  "date",
  "expect",
  "server",
  "te",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "vary",
  "x-forwarded-proto",
];
/** Parameters whose values are harmless too: of media types, languages, codings and caches. */
const PARAMETERS: StaticArray<string> = ["q", "charset", "level", "max-age", "s-maxage", "v"];
/** What stands between the words of such a list. */
const BETWEEN: string = " \t,;/()*+:";

/** `accept=text/html`, or `x-api-key=<32 bytes>`. */
export function shownHeader(name: string, value: string, bytes: i32): string {
  const lower = lowerCase(name);
  const shownName = name.length > LONGEST_NAME ? lengthOf(utf8Length(name)) : shownWord(name);
  // Of a media type without its parameters: a multipart boundary is whatever the client likes.
  const shown = lower == "content-type" ? beforeParameters(value) : value;
  const isShown = bytes <= LONGEST_VALUE && isHarmless(lower, shown);
  return shownName + "=" + (isShown ? shown : lengthOf(bytes));
}

function isHarmless(name: string, value: string): bool {
  if (name == "host") return isHost(value);
  if (name == "x-request-id") return isHexId(value);
  return HARMLESS.includes(name) && isListOfWords(value);
}

function beforeParameters(value: string): string {
  const end = value.indexOf(";");
  return end < 0 ? value : value.substring(0, end);
}

export function shownHost(host: string): string {
  return isHost(host) ? host : lengthOf(utf8Length(host));
}

/** A name or an address, perhaps with a port. */
function isHost(host: string): bool {
  for (let i = 0; i < host.length; i++) {
    const code = host.charCodeAt(i);
    if (!isLetter(code) && !isDigit(code) && !".-_:[]".includes(host.charAt(i))) return false;
  }
  return host.length <= LONGEST_VALUE;
}

/** As gateways make them: a UUID, or 32 hex digits. */
function isHexId(value: string): bool {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i) | 0x20;
    if (!isDigit(value.charCodeAt(i)) && (code < 0x61 || code > 0x66) && value.charAt(i) != "-") {
      return false;
    }
  }
  return value.length <= 36;
}

/** Plain words with marks between them; behind `=` only the value of a parameter that is known. */
function isListOfWords(value: string): bool {
  let from = 0;
  for (let at = 0; at <= value.length; at++) {
    const isEnd = at == value.length || BETWEEN.includes(value.charAt(at));
    const isName = !isEnd && value.charAt(at) == "=";
    if (!isEnd && !isName) continue;
    const word = value.substring(from, at);
    if (!isPlainWord(word) || (isName && !PARAMETERS.includes(lowerCase(word)))) return false;
    from = at + 1;
  }
  return true;
}
