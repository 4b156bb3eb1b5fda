// Does this text leave the attribute or the string of a script that it is put into, and run something there?

import { EVENTS } from "./events.ts";
import { scriptScheme } from "./script-url.ts";

const SINKS =
  "(?:alert|confirm|prompt|eval|fetch|settimeout|setinterval|setimmediate|function|import|execscript|msgbox|document|window|self|top|parent|frames|location|globalthis|this|xmlhttprequest|atob|constructor|string\\.fromcharcode|throw|debugger|console|navigator\\.sendbeacon|new\\s{1,4}(?:image|function|websocket))";

const TAG_BREAK = /["'`]\s{0,8}\/?>\s{0,16}<[a-z!/]/;
const SCRIPT_BREAK = new RegExp(
  `['"\`\\\\][\\s)\\]};]{0,8}[;+\\-*,|&^?%/:=<>][\\s({[;+\\-!~/*]{0,8}${SINKS}\\s{0,4}[.(\`\\[=?\\\\]`,
);
const CALL =
  /(?:^|[^\w$.-])(?:(?:window|self|top|parent|globalthis|this|frames|document\.defaultview)\s{0,4}(?:\.|\?\.)\s{0,4})?(?:alert|confirm|prompt|execscript|msgbox)\s{0,8}(?:\?\.)?(?:(?<=\s)\(\s{0,8}["'`0-9/\\]|(?<!\s)\(\s{0,8}(?:["'`\w/(+\-~![{]|\\)|`|&lpar;)/;
const COMPUTED =
  /(?:window|self|top|parent|globalthis|this|frames|document)\s{0,4}\[\s{0,4}(?:["'`/]|\w{1,20}\s{0,4}[(+])/;
const BUILT =
  /(?:\[\]|\bconstructor|\bfunction\(?\)?)\s{0,2}(?:\.|\[\s{0,4}["'`])\s{0,4}(?:constructor|filter|find|map|sort|flat)["'`]?\]?\s{0,4}[.([]|\bconstructor\s{0,4}(?:\.constructor|\(\s{0,4}["'`])|\bfunction\s{0,4}\(?\s{0,4}["'`][^"'`]{0,80}["'`]\)?\s{0,4}\(|(?:eval|settimeout|setinterval|function)\s{0,4}[(`]\s{0,8}(?:atob|string\.fromcharcode|unescape|decodeuri|location|name|["'`]|\/)|string\s{0,4}\.\s{0,4}fromcharcode\s{0,4}\(\s{0,4}[0-9]/;
const DOM =
  /document\s{0,4}\.\s{0,4}(?:write(?:ln)?\s{0,4}\(|cookie\s{0,4}[),;+=`]|domain\s{0,4}[),;=]|body\s{0,4}\.\s{0,4}(?:inner|append|inser)|location\s{0,4}[=.])|(?:window|document|self|top|parent)\s{0,4}\.\s{0,4}location\s{0,4}(?:\.href\s{0,4})?=|(?:^|[;"'\s(])location\s{0,4}(?:\.(?:href|hash|search)\s{0,4})?=\s{0,4}["'`\w]|\.(?:inner|outer)html\s{0,4}=|new\s{1,4}image\s{0,4}\(?\)?\s{0,4}\.?\s{0,4}src\s{0,4}=|[(=+,]\s{0,4}document\s{0,4}\.\s{0,4}(?:cookie|domain|location)|onerror\s{0,4}=\s{0,4}(?:alert|eval|prompt|confirm)|import\s{0,4}\(\s{0,4}["'`](?:https?:)?\/\/|fetch\s{0,4}\(\s{0,4}["'`](?:https?:)?\/\/[^"'`]{0,100}["'`]\s{0,4}\+/;
const ATTRIBUTE =
  /(?:^|["'`\s/>])on([a-z]{3,36})\s{0,8}=\s{0,8}["'`]?\s{0,8}([^\s"'`>][^\s>]{0,60})/g;
const SCRIPT_URL =
  /(?:^|[\s"'`=(,<>\]:|])((?:j\s{0,3}a\s{0,3}v\s{0,3}a|v\s{0,3}b|live)\s{0,3}s\s{0,3}c\s{0,3}r\s{0,3}i\s{0,3}p\s{0,3}t\s{0,3}:[^"<>]{1,200})/;

/** `"><img …`, where the quote is not that of a tag in this text. */
export function findTagBreak(lower: string): string | undefined {
  const match = TAG_BREAK.exec(lower);
  return match !== null && !lower.slice(0, match.index).includes("<") ? match[0] : undefined;
}

/** `" autofocus onfocus=alert(1) x="`. */
export function findAttributeBreak(lower: string): string | undefined {
  for (const [match, event = "", code = ""] of lower.matchAll(ATTRIBUTE)) {
    if (
      EVENTS.has(event) &&
      !code.startsWith("{") &&
      (/[(`=.\\&[;:]/.test(code) || /^["'`]/.test(match))
    )
      return match;
  }
  return undefined;
}

export function findScriptBreak(lower: string): string | undefined {
  return SCRIPT_BREAK.exec(lower)?.[0];
}

/** Calls that show or steal something, wherever they stand in a short value. */
export function findScript(lower: string): string | undefined {
  const text = lower.replace(/\/\*[^*]{0,200}\*\//g, "");
  for (const pattern of [CALL, COMPUTED, BUILT, DOM]) {
    const match = pattern.exec(text)?.[0];
    if (match !== undefined) return match;
  }
  return undefined;
}

/** `javascript:…` as the value or in a link of Markdown or CSS. "JavaScript: a short course (new)" calls nothing. */
export function findScriptUrl(lower: string): string | undefined {
  const whole = scriptScheme(lower.trimStart());
  if (
    whole !== undefined &&
    (whole.startsWith("data:") || isCode(lower.slice(lower.indexOf(":") + 1)))
  )
    return whole;
  const inner = SCRIPT_URL.exec(lower)?.[1];
  if (inner === undefined || scriptScheme(inner) === undefined) return undefined;
  return isCode(inner.slice(inner.indexOf(":") + 1)) ? inner : undefined;
}

function isCode(text: string): boolean {
  return (
    /^\s{0,8}(?:[\w$.'"/*\s]{0,60}[\w$\])][(`[=]|\/\/|["'`\\%<(![]|[a-z]{1,20}\s{1,4}[a-z.]{1,40}$)/.test(
      text.slice(0, 400),
    ) || /^\s{0,8}throw\b/.test(text)
  );
}
