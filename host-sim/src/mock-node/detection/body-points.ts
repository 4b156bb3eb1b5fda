// At which points of a body must the rules look?

import type { InspectedRequest } from "./inspected-request.ts";
import { decodeBase64 } from "./decoding/base64.ts";
import { decodeCharset } from "./decoding/charset.ts";
import { unfold } from "./decoding/content-encoding.ts";
import { decodePercent } from "./decoding/percent.ts";
import { decodeUtf8 } from "./decoding/utf8.ts";
import type { DetectionLimits } from "./limits.ts";
import { bodyFormat } from "./parsing/body-format.ts";
import { headerParameter } from "./parsing/header-value.ts";
import { multipartParts } from "./parsing/multipart.ts";
import type { Point } from "./point.ts";
import { jsonPoints, pairPoints, valuePoints, xmlPoints } from "./value-points.ts";

export function* bodyPoints(request: InspectedRequest, limits: DetectionLimits): Generator<Point> {
  if (request.body.length === 0) return;
  const contentType = headerValue(request, "content-type");
  const { bytes, decodings } = unfold(
    request.body,
    headerValue(request, "content-encoding"),
    limits,
  );
  const charset = decodeCharset(bytes, headerParameter(contentType, "charset"));
  const steps = charset.decoding === undefined ? decodings : [...decodings, charset.decoding];
  for (const point of contentPoints("", charset.text, bytes, contentType, limits)) {
    yield steps.length === 0 ? point : { ...point, decodings: [...steps, ...point.decodings] };
  }
}

function headerValue(request: InspectedRequest, name: string): string {
  const values = request.headers.filter(([key]) => key.toLowerCase() === name);
  return values.map(([, value]) => value).join(name === "content-encoding" ? "," : ";");
}

function* contentPoints(
  prefix: string,
  text: string,
  bytes: Uint8Array,
  contentType: string,
  limits: DetectionLimits,
): Generator<Point> {
  const depth = limits.formatDepth;
  switch (bodyFormat(contentType, text)) {
    case "form":
      yield* pairPoints(`${prefix}form`, text, depth);
      return;
    case "json":
      yield* jsonPoints(`${prefix}json`, text, depth);
      return;
    case "xml":
      yield* xmlPoints(`${prefix}xml:`, text);
      return;
    case "multipart":
      yield* partPoints(Buffer.from(bytes).toString("latin1"), contentType, limits);
      return;
    case "binary":
      yield { kind: "binary", name: `${prefix}body`, field: "", text, decodings: [] };
      return;
    case "text":
      yield* valuePoints(
        { kind: "text", name: `${prefix}body`, field: "", text, decodings: [] },
        depth,
      );
  }
}

function* partPoints(body: string, contentType: string, limits: DetectionLimits): Generator<Point> {
  for (const part of multipartParts(body, contentType)) {
    const field = decodeUtf8(part.name);
    const name = `multipart:${field.slice(0, 100)}`;
    yield { kind: "name", name: "multipart name", field, text: field, decodings: [] };
    if (part.fileName !== undefined) {
      const fileName = decodePercent(decodeUtf8(part.fileName));
      yield { kind: "file name", name: `${name} file name`, field, text: fileName, decodings: [] };
    }
    yield {
      kind: "structured header",
      name: `${name} headers`,
      field,
      text: part.headers,
      decodings: [],
    };
    yield* partContent(name, field.toLowerCase(), part, limits);
  }
}

type Part = Parameters<typeof transferDecoded>[0] & {
  fileName: string | undefined;
  contentType: string;
};

function* partContent(
  name: string,
  field: string,
  part: Part,
  limits: DetectionLimits,
): Generator<Point> {
  const { bytes, decodings } = unfold(Buffer.from(transferDecoded(part), "latin1"), "", limits);
  const { text } = decodeCharset(bytes, headerParameter(part.contentType, "charset"));
  const format = part.contentType === "" ? "text" : bodyFormat(part.contentType, text);
  if (format === "json") yield* jsonPoints(`${name} json`, text, limits.formatDepth - 1);
  else if (format === "xml") yield* xmlPoints(`${name} xml:`, text);
  else {
    const kind = format === "binary" ? "binary" : part.fileName === undefined ? "form" : "file";
    yield* valuePoints({ kind, name, field, text, decodings }, limits.formatDepth - 1);
  }
}

function transferDecoded(part: { content: string; transferEncoding: string }): string {
  if (part.transferEncoding === "base64") {
    return (
      decodeBase64(part.content.trim()) ?? Buffer.from(part.content, "base64").toString("latin1")
    );
  }
  if (part.transferEncoding !== "quoted-printable") return part.content;
  return part.content
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}
