// Does this text hold markup that runs script? Looks at tags and attributes as a browser would, so that harmless rich text
// (<b>, <p class>, <a href=https:…>) stays harmless.

import { EVENTS, URL_ATTRIBUTES } from "./events.ts";
import { scriptScheme } from "./script-url.ts";
import { type Tag, tagsOf } from "./tags.ts";

export interface MarkupFinding {
  readonly kind: "script" | "event" | "url" | "style" | "element";
  readonly match: string;
}

/** Sites whose players and maps people embed. */
const EMBEDDED =
  /^https:\/\/(?:www\.)?(?:youtube(?:-nocookie)?\.com|player\.vimeo\.com|open\.spotify\.com|google\.com\/maps|maps\.google\.com|codepen\.io|w\.soundcloud\.com|calendly\.com|docs\.google\.com|embed\.[\w.-]{1,60})\//;
const STYLE =
  /expression\s{0,8}\(|url\s{0,8}\(\s{0,8}['"]?\s{0,8}(?:javascript|vbscript|data:text)|-moz-binding|behaviou?r\s{0,8}:\s{0,8}url|@import\s{0,8}['"]?\s{0,8}(?:url\()?['"]?\s{0,4}(?:javascript|data|\/\/|https?:)/;
const CODE = /[\w$\])][(`]|[\w$\]]\s?=[^=]|\/\/|\[\s?\]|\\u|\$\{|import\s/;

/** `lower`: lower case. `wordy`: a bare <script> may be talked about. */
export function findMarkup(lower: string, wordy: boolean): MarkupFinding | undefined {
  for (const tag of tagsOf(lower)) {
    const finding = ofTag(tag, lower, wordy);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function ofTag(tag: Tag, lower: string, wordy: boolean): MarkupFinding | undefined {
  const shown = lower.slice(tag.begin, Math.min(tag.end, tag.begin + 100));
  const element = tag.name.includes(":") ? tag.name.slice(tag.name.indexOf(":") + 1) : tag.name;
  if (/^script/.test(element) && runsScript(tag, lower, wordy))
    return { kind: "script", match: lower.slice(tag.begin, tag.begin + 100) };
  for (const [name, value] of tag.attributes) {
    if (isEvent(name) && value.trim() !== "") return { kind: "event", match: shown };
    if (
      URL_ATTRIBUTES.has(name) &&
      scriptScheme(value) !== undefined &&
      !isImageData(element, value)
    )
      return { kind: "url", match: shown };
    if (name === "style" && STYLE.test(decssed(value))) return { kind: "style", match: shown };
  }
  if (element === "style" && STYLE.test(decssed(lower.slice(tag.end, tag.end + 2000))))
    return { kind: "style", match: shown };
  return isActiveElement(element, tag, wordy) ? { kind: "element", match: shown } : undefined;
}

function isEvent(name: string): boolean {
  const bare = name.replace(/^[^a-z]+/, "");
  return (
    bare.startsWith("on") &&
    (EVENTS.has(bare.slice(2)) ||
      (/^on[a-z]{3,30}$/.test(bare) && !/^on(?:ce|ly|line|es|to)/.test(bare)))
  );
}

/** Inline images are ordinary. */
function isImageData(element: string, value: string): boolean {
  return element === "img" && /^data:image\//.test(value.trimStart());
}

/** CSS comments and escapes may split words. */
function decssed(style: string): string {
  return style
    .replace(/\/\*[^*]{0,200}\*\//g, "")
    .replace(/\\0{0,4}([0-9a-f]{2})\s?/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replaceAll("\\", "");
}

function runsScript(tag: Tag, lower: string, wordy: boolean): boolean {
  const isData = tag.attributes.some(
    ([name, value]) =>
      name === "type" &&
      /^(?:application\/(?:ld\+)?json|text\/template|importmap|speculationrules)/.test(value),
  );
  if (isData) return false;
  if (tag.attributes.some(([name]) => ["src", "href", "xlink:href"].includes(name)) || !wordy)
    return true;
  const close = lower.indexOf("</script", tag.end);
  const content = lower.slice(tag.end, close < 0 ? tag.end + 400 : Math.min(close, tag.end + 2000));
  return CODE.test(content);
}

function isActiveElement(element: string, tag: Tag, wordy: boolean): boolean {
  const has = (...names: string[]): boolean =>
    tag.attributes.some(([name]) => names.includes(name));
  const valueOf = (key: string): string => tag.attributes.find(([name]) => name === key)?.[1] ?? "";
  switch (element) {
    case "iframe":
    case "frame":
      return has("srcdoc") || (has("src") ? !EMBEDDED.test(valueOf("src")) && !wordy : !wordy);
    case "object":
    case "embed":
    case "applet":
      return (
        has("data", "src", "code", "codebase", "classid", "type") && !EMBEDDED.test(valueOf("src"))
      );
    case "base":
      return has("href") && !wordy;
    case "meta":
      return /refresh|set-cookie/.test(valueOf("http-equiv"));
    case "link":
      return /stylesheet|import|manifest/.test(valueOf("rel")) && !wordy;
    case "portal":
    case "frameset":
    case "isindex":
    case "xss":
      return true;
    default:
      return false;
  }
}
