// Which texts, attributes and declarations does this XML hold? A tolerant scanner: it resolves no entity and fetches
// nothing (so XXE is seen, not run), and cut or malformed XML gives what it holds.

export interface XmlItem {
  readonly role: "text" | "attribute" | "doctype" | "entity" | "comment";
  /** Name of the element, or element@attribute. */
  readonly path: string;
  readonly text: string;
}

const NAME = /[^\s/>=]{1,128}/y;
const ENTITY_VALUE =
  /<!ENTITY\s{1,20}(?:%\s{1,20})?([^\s>]{1,128})[^"'>]{0,200}(?:"([^"]{0,4096})"|'([^']{0,4096})')/g;

export function* xmlItems(text: string): Generator<XmlItem> {
  let element = "";
  for (let at = 0; at < text.length;) {
    if (text[at] !== "<") {
      const end = indexOrEnd(text, "<", at);
      const content = text.slice(at, end);
      if (content.trim() !== "") yield { role: "text", path: element, text: content };
      at = end;
    } else if (text.startsWith("<![CDATA[", at)) {
      const end = indexOrEnd(text, "]]>", at);
      yield { role: "text", path: element, text: text.slice(at + 9, end) };
      at = end + 3;
    } else if (text.startsWith("<!--", at)) {
      const end = indexOrEnd(text, "-->", at + 4);
      yield { role: "comment", path: element, text: text.slice(at + 4, end) };
      at = end + 3;
    } else if (text.startsWith("<!", at)) {
      const end = declarationEnd(text, at);
      yield* declaration(text.slice(at, end));
      at = end;
    } else {
      const end = tagEnd(text, at);
      const tag = text.slice(at + 1, end);
      const name = nameAt(tag, 0);
      if (name !== "") element = name;
      yield* attributes(tag, name);
      at = end + 1;
    }
  }
}

function indexOrEnd(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found;
}

/** A `>` in quotes does not end a tag. */
function tagEnd(text: string, from: number): number {
  let quote = "";
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return at;
    else if (character === '"' || character === "'") quote = character;
  }
  return text.length;
}

function declarationEnd(text: string, from: number): number {
  const subset = text.indexOf("[", from);
  const plain = indexOrEnd(text, ">", from);
  if (subset < 0 || subset > plain) return plain + 1;
  const close = indexOrEnd(text, "]", subset);
  return indexOrEnd(text, ">", close) + 1;
}

function* declaration(text: string): Generator<XmlItem> {
  yield { role: "doctype", path: "DOCTYPE", text };
  for (const [, name = "", double, single] of text.matchAll(ENTITY_VALUE)) {
    yield { role: "entity", path: name, text: double ?? single ?? "" };
  }
}

function nameAt(tag: string, from: number): string {
  NAME.lastIndex = from;
  return NAME.exec(tag)?.[0] ?? "";
}

function* attributes(tag: string, element: string): Generator<XmlItem> {
  for (let at = element.length; at < tag.length;) {
    const equals = tag.indexOf("=", at);
    if (equals < 0) return;
    const name =
      tag
        .slice(Math.max(at, equals - 64), equals)
        .trim()
        .split(/\s/)
        .pop() ?? "";
    let begin = equals + 1;
    while (begin < tag.length && (tag[begin] ?? "") <= " ") begin += 1;
    const quote = tag[begin];
    const isQuoted = quote === '"' || quote === "'";
    const end = isQuoted ? indexOrEnd(tag, quote, begin + 1) : indexOrEnd(tag, " ", begin);
    yield {
      role: "attribute",
      path: `${element}@${name}`,
      text: tag.slice(isQuoted ? begin + 1 : begin, end),
    };
    at = end + 1;
  }
}
