// Which parts does this multipart body hold? Tolerant: a missing last boundary, bare line feeds and a boundary that only
// the body tells are no reason to see nothing.

import { headerParameter } from "./header-value.ts";

export interface MultipartPart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly contentType: string;
  readonly transferEncoding: string;
  readonly headers: string;
  /** One character a byte. */
  readonly content: string;
}

const LONGEST_HEAD = 16 * 1024;

/** `body`: one character a byte. */
export function* multipartParts(body: string, contentType: string): Generator<MultipartPart> {
  const boundary = headerParameter(contentType, "boundary") ?? shownBoundary(body);
  if (boundary === undefined || boundary === "") {
    yield withoutHead(body);
    return;
  }
  const mark = `--${boundary}`;
  let begin = body.indexOf(mark);
  const before = begin < 0 ? body : body.slice(0, begin);
  if (before.trim() !== "") yield withoutHead(before);
  while (begin >= 0) {
    const next = body.indexOf(mark, begin + mark.length);
    const end = next < 0 ? body.length : next;
    const part = readPart(body, begin + mark.length, end);
    if (part !== undefined) yield part;
    begin = next;
  }
}

function shownBoundary(body: string): string | undefined {
  return /^\s{0,8}--([^\r\n]{1,200})\r?\n/.exec(body)?.[1];
}

function readPart(body: string, from: number, to: number): MultipartPart | undefined {
  if (body.startsWith("--", from)) {
    const behind = body.slice(from + 2, to);
    return behind.trim() === "" ? undefined : withoutHead(behind);
  }
  const windowEnd = Math.min(to, from + LONGEST_HEAD);
  const head = body.slice(from, windowEnd);
  const gap = /\r?\n\r?\n/.exec(head);
  if (gap === null) return withoutHead(body.slice(from, to));
  const headers = head.slice(0, gap.index).trim();
  const content = body.slice(from + gap.index + gap[0].length, to).replace(/\r?\n$/, "");
  const disposition = headerLine(headers, "content-disposition");
  return {
    name: headerParameter(disposition, "name") ?? "",
    fileName: headerParameter(disposition, "filename") ?? headerParameter(disposition, "filename*"),
    contentType: headerLine(headers, "content-type"),
    transferEncoding: headerLine(headers, "content-transfer-encoding").trim().toLowerCase(),
    headers,
    content,
  };
}

/** What stands outside of the boundaries, or has no end of its head: whatever it is, it is looked at. */
function withoutHead(content: string): MultipartPart {
  const nothing = { contentType: "", transferEncoding: "", headers: "" };
  return { name: "", fileName: "", ...nothing, content };
}

function headerLine(headers: string, name: string): string {
  const unfolded = headers.replace(/\r?\n[ \t]/g, " ");
  for (const line of unfolded.split(/\r?\n/)) {
    if (line.slice(0, name.length + 1).toLowerCase() === `${name}:`)
      return line.slice(name.length + 1);
  }
  return "";
}
