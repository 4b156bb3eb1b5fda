// Which tags would a browser's forgiving parser see in this text?

export interface Tag {
  /** Lower case, with a leading slash where it closes. */
  readonly name: string;
  readonly attributes: ReadonlyArray<readonly [string, string]>;
  readonly begin: number;
  readonly end: number;
  /** It has its `>`. */
  readonly isClosed: boolean;
}

const LONGEST_TAG = 4096;
const NAME = /[/?!]?[a-z][^\s/><"'`=]{0,63}/y;
const GAP = /[\s/\u0000-\u0020]{0,4096}/y;
const ATTRIBUTE_NAME = /[^\s=/><][^\s=/><"']{0,63}/y;
const UNQUOTED = /[^\s>]{0,2048}/y;

/** `lower`: lower case. Linear, as each tag is read once, and once more inside the quotes of another. */
export function* tagsOf(lower: string, nested = true): Generator<Tag> {
  for (let at = lower.indexOf("<"); at >= 0; at = lower.indexOf("<", at)) {
    const tag = readTag(lower, at);
    if (tag === undefined) {
      at += 1;
      continue;
    }
    yield tag;
    at = tag.end;
    if (!nested) continue;
    for (const [, value] of tag.attributes) {
      if (value.includes("<")) yield* tagsOf(value, false);
    }
  }
}

function take(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function readTag(text: string, begin: number): Tag | undefined {
  const name = take(NAME, text, begin + 1);
  if (name === "") return undefined;
  const attributes: Array<readonly [string, string]> = [];
  const limit = Math.min(text.length, begin + LONGEST_TAG);
  let at = begin + 1 + name.length;
  while (at < limit) {
    at += take(GAP, text, at).length;
    const character = text[at];
    if (character === undefined || character === "<") break;
    if (character === ">") return { name, attributes, begin, end: at + 1, isClosed: true };
    const attribute = take(ATTRIBUTE_NAME, text, at);
    at += attribute.length;
    if (attribute === "") {
      at += 1;
      continue;
    }
    const value = readValue(text, at, limit);
    attributes.push([attribute, value.text]);
    at = value.end;
  }
  return { name, attributes, begin, end: Math.max(at, begin + 1), isClosed: false };
}

function readValue(text: string, from: number, limit: number): { text: string; end: number } {
  let at = from + take(/\s{0,64}/y, text, from).length;
  if (text[at] !== "=") return { text: "", end: from };
  at += 1 + take(/\s{0,64}/y, text, at + 1).length;
  const quote = text[at];
  if (quote === '"' || quote === "'" || quote === "`") {
    const close = text.slice(at + 1, limit).indexOf(quote);
    if (close >= 0) return { text: text.slice(at + 1, at + 1 + close), end: at + close + 2 };
  }
  const value = take(UNQUOTED, text, at);
  return { text: value, end: at + value.length };
}
