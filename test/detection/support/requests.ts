// How does a value get into a request? One function a point, each with the escaping that a correct client applies there.

import { gzipSync } from "node:zlib";
import type { InspectedRequest } from "../../../host-sim/src/mock-node/detection/index.ts";

const HEADERS: ReadonlyArray<readonly [string, string]> = [
  ["host", "shop.example.com"],
  ["accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
  ["accept-language", "en-US,en;q=0.5"],
];

type Headers = ReadonlyArray<readonly [string, string]>;

export function request(
  path: string,
  headers: Headers = [],
  body: string | Uint8Array = "",
): InspectedRequest {
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  const method = bytes.length > 0 ? "POST" : "GET";
  return { method, path, headers: [...HEADERS, ...headers], body: bytes, complete: true };
}

export const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const percent = (text: string): string => encodeURIComponent(text);
export const form = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
export const xmlText = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

export const json = (body: unknown, path = "/api/items"): InspectedRequest =>
  request(path, [["content-type", "application/json"]], JSON.stringify(body));

export function multipart(
  name: string,
  value: string | Uint8Array,
  file?: string,
  type?: string,
): InspectedRequest {
  const boundary = "----WebKitFormBoundaryaBcD1234";
  const fileName = file === undefined ? "" : `; filename="${file.replaceAll('"', "%22")}"`;
  const typed = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName}\r\n${typed}\r\n`;
  const body = Buffer.concat([
    Buffer.from(head),
    Buffer.from(value as string),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return request("/upload", [["content-type", `multipart/form-data; boundary=${boundary}`]], body);
}

export type Placement = (value: string) => InspectedRequest;

/** Points where every attack must be found. */
export const PLACEMENTS: Readonly<Record<string, Placement>> = {
  "query value": (v) => request(`/items?page=1&id=${percent(v)}`),
  "query value with pluses": (v) => request(`/items?id=${form(v)}&page=1`),
  "query name": (v) => request(`/items?${percent(v)}=1`),
  "form value": (v) =>
    request(
      "/login",
      [["content-type", "application/x-www-form-urlencoded"]],
      `name=${form(v)}&ok=1`,
    ),
  "JSON value": (v) => json({ id: 5, comment: v }),
  "JSON value, nested": (v) => json({ a: [{ b: { c: [1, v] } }], d: true }),
  "JSON key": (v) => json({ [v]: 1 }),
  "JSON with Unicode escapes": (v) =>
    request(
      "/api",
      [["content-type", "application/json"]],
      `{"a":"${[...v].map((c) => (c.length === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}` : c)).join("")}"}`,
    ),
  "JSON in a form field": (v) =>
    request(
      "/x",
      [["content-type", "application/x-www-form-urlencoded"]],
      `data=${form(JSON.stringify({ a: v }))}`,
    ),
  "multipart field": (v) => multipart("comment", v),
  "XML text": (v) =>
    request(
      "/soap",
      [["content-type", "text/xml"]],
      `<?xml version="1.0"?><a><b>${xmlText(v)}</b></a>`,
    ),
  "XML attribute": (v) =>
    request("/soap", [["content-type", "application/xml"]], `<a><b c="${xmlText(v)}"/></a>`),
  "XML CDATA": (v) =>
    request(
      "/soap",
      [["content-type", "application/xml"]],
      `<a><![CDATA[${v.replaceAll("]]>", "")}]]></a>`,
    ),
  cookie: (v) => request("/", [["cookie", `lang=en; session=${percent(v)}; theme=dark`]]),
  "referer query": (v) => request("/", [["referer", `https://shop.example.com/a?x=${percent(v)}`]]),
  "other header": (v) => request("/", [["x-forwarded-user", latin1(v)]]),
  "plain text body": (v) => request("/note", [["content-type", "text/plain"]], v),
  "gzip body": (v) => ({
    ...request("/api", [
      ["content-type", "application/json"],
      ["content-encoding", "gzip"],
    ]),
    method: "POST",
    body: gzipSync(JSON.stringify({ a: v })),
  }),
  "cut JSON": (v) => ({
    ...request(
      "/api",
      [["content-type", "application/json"]],
      `{"a":{"b":${JSON.stringify(v)},"c":[{"d":"x`,
    ),
    complete: false,
  }),
};

/** Ways to hide a payload before it gets to a point. */
export const ENCODERS: Readonly<Record<string, (value: string) => string>> = {
  "as it is": (v) => v,
  "percent once more": (v) => percent(v),
  "percent twice more": (v) => percent(percent(v)),
  "every byte percent": (v) =>
    [...Buffer.from(v, "utf8")].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  "HTML entities, decimal": (v) => [...v].map((c) => `&#${String(c.codePointAt(0))};`).join(""),
  "HTML entities, hex without semicolon": (v) =>
    [...v].map((c) => `&#x${(c.codePointAt(0) ?? 0).toString(16).padStart(7, "0")}`).join(""),
  "script escapes \\x": (v) =>
    [...v]
      .map((c) => (c <= "\u007f" ? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}` : c))
      .join(""),
  "percent-u": (v) =>
    v.replace(/[^A-Za-z0-9]/g, (c) => `%u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  "fullwidth characters": (v) =>
    v.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  base64: (v) => Buffer.from(v, "utf8").toString("base64"),
  "base64 of percent": (v) => Buffer.from(percent(v), "utf8").toString("base64"),
  "zero-width characters": (v) =>
    v.replace(/[A-Za-z]{2}/g, (pair) => pair.split("").join("\u200b")),
};
