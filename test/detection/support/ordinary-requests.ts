// What does ordinary traffic look like? A seeded generator over hand-written values and templates of whole requests.

import { deflateRawSync } from "node:zlib";
import type { InspectedRequest } from "../../../host-sim/src/mock-node/detection/index.ts";
import { ordinaryValues } from "./corpus.ts";
import { form, json, latin1, multipart, percent, request, xmlText } from "./requests.ts";

export interface Ordinary {
  readonly about: string;
  readonly request: InspectedRequest;
}

type Pick = (...groups: string[]) => string;
type Template = (pick: Pick, random: () => number) => InspectedRequest;

/** A linear congruential generator: the same requests at each run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const FORM = [["content-type", "application/x-www-form-urlencoded"]] as const;
const XML = [["content-type", "application/soap+xml; charset=utf-8"]] as const;
const TEXT = ["prose", "html", "markdown", "code"];
const bytes = (random: () => number, size: number): Buffer =>
  Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));

export const TEMPLATES: Readonly<Record<string, Template>> = {
  "a search": (pick) =>
    request(`/search?q=${form(pick("searches"))}&page=2&sort=price_asc`, [
      ["user-agent", pick("userAgents")],
    ]),
  "a search with a name": (pick) =>
    request(`/people?name=${percent(pick("names"))}`, [["cookie", latin1(pick("cookies"))]]),
  "a filter": (pick) =>
    request(`/odata/Products?$filter=${percent(pick("filters"))}&$orderby=name&$top=10`),
  "a redirect": (pick) =>
    request(`/login?next=${percent(pick("urls"))}&token=${percent(pick("tokens"))}`),
  "a log-in form": (pick) =>
    request(
      "/login",
      FORM,
      `user=${form(pick("names"))}&password=${form(pick("tokens"))}&csrf=${form(pick("tokens"))}`,
    ),
  "a contact form": (pick) =>
    request(
      "/contact",
      FORM,
      `name=${form(pick("names"))}&subject=${form(pick("searches"))}&message=${form(pick("prose"))}`,
    ),
  "a rich text editor": (pick) =>
    request(
      "/posts",
      FORM,
      `title=${form(pick("searches"))}&body=${form(pick("html") + pick("html"))}`,
    ),
  "a blog post in JSON": (pick) =>
    json({
      title: pick("searches"),
      author: { name: pick("names") },
      body: `${pick("prose")}\n\n${pick(...TEXT)}`,
      tags: [pick("searches"), pick("searches")],
    }),
  "a profile in JSON": (pick) =>
    json({
      firstName: pick("names"),
      bio: pick("prose"),
      website: pick("urls").replace(/^data:.*/, ""),
      phone: "+1 (555) 123-4567",
      address: "5 O'Connell St; Apt #3 & 4",
    }),
  "a comment with markup": (pick) =>
    json({ comment: pick("html", "markdown", "prose"), postId: 5 }),
  "a snippet of code in JSON": (pick) =>
    json({ language: "js", source: pick("code"), note: pick("searches") }),
  "a token in a header": (pick) =>
    request("/api/me", [
      ["authorization", `Bearer ${pick("tokens").replace(/[^\w.-]/g, "x")}`],
      ["x-request-id", "550e8400-e29b-41d4-a716-446655440000"],
      ["if-none-match", 'W/"33a64df5"'],
    ]),
  "a browser's page view": (pick) =>
    request(`/products/${percent(pick("searches"))}`, [
      ["user-agent", pick("userAgents")],
      ["cookie", latin1(pick("cookies"))],
      ["referer", `https://shop.example.com/search?q=${percent(pick("searches"))}`],
      ["sec-ch-ua", '"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"'],
      ["sec-ch-ua-platform", '"Windows"'],
    ]),
  "a GraphQL query": (pick) =>
    json({
      operationName: "Q",
      query:
        'query Q($id: ID!, $q: String = "x") { user(id: $id) { name posts(first: 10, where: {status: {eq: "OPEN"}}) { edges { node { id title } } } } ...F @include(if: true) } fragment F on Query { me { id } }',
      variables: { id: "5", q: pick("searches"), name: pick("names") },
    }),
  "a SOAP call": (pick) =>
    request(
      "/ws",
      XML,
      `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:m="http://example.com/ns"><soap:Body><m:Find note="${xmlText(pick("searches"))}"><m:Name>${xmlText(pick("names"))}</m:Name><m:Text>${xmlText(pick("prose"))}</m:Text></m:Find></soap:Body></soap:Envelope>`,
    ),
  "JSON-LD": (pick) =>
    json({
      "@context": "https://schema.org",
      "@type": "Product",
      "@id": "https://example.com/p/5#it",
      name: pick("searches"),
      description: pick("prose"),
      offers: { "@type": "Offer", price: "5.00", priceCurrency: "EUR" },
    }),
  "a JSON schema": (pick) =>
    json({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "https://example.com/s",
      $defs: { a: { $ref: "#/$defs/b" } },
      properties: { x: { pattern: "^[a-z]{2,}$", not: { enum: ["a", "b"] } } },
      title: pick("searches"),
    }),
  "analytics events": (pick) =>
    json({
      batch: [
        {
          event: "$pageview",
          properties: {
            $current_url: `https://example.com/?q=${percent(pick("searches"))}`,
            $browser: "Chrome",
            $set: { name: pick("names") },
            token: pick("tokens"),
          },
        },
      ],
    }),
  "an error report": (pick) =>
    json({
      exception: {
        values: [
          {
            type: "TypeError",
            value: "Cannot read properties of undefined (reading 'x')",
            stacktrace: {
              frames: [
                {
                  filename: "webpack:///./src/app.tsx",
                  abs_path: "https://app.example.com/static/js/main.js",
                  function: "Object.<anonymous>",
                  context_line: "  const x = items.find((i) => i.id === id)?.name ?? 'none';",
                  lineno: 12,
                },
              ],
            },
          },
        ],
      },
      message: pick("searches"),
      user: { username: pick("names") },
    }),
  "a text note": (pick) =>
    request(
      "/notes",
      [["content-type", "text/plain; charset=utf-8"]],
      pick("prose", "markdown", "searches"),
    ),
  "CSV rows": (pick) =>
    request(
      "/import",
      [["content-type", "text/csv"]],
      `id,name,comment\n1,"${pick("names").replaceAll('"', '""')}","${pick("prose").replaceAll('"', '""')}"\n2,${percent(pick("searches"))},ok\n`,
    ),
  "an uploaded image": (pick, random) =>
    multipart(
      "photo",
      Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), bytes(random, 3000)]),
      `${pick("names").replace(/[^\w' -]/g, "_")}.png`,
      "image/png",
    ),
  "an uploaded PDF": (_, random) =>
    multipart(
      "doc",
      Buffer.concat([
        Buffer.from("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nstream\n"),
        deflateRawSync(bytes(random, 4000)),
        Buffer.from("\nendstream\n%%EOF"),
      ]),
      "report (final) v2.pdf",
      "application/pdf",
    ),
  "an uploaded source file": (pick) =>
    multipart(
      "file",
      `${pick("code")}\n\n// ${pick("prose")}\n${pick("code")}\n${pick("code")}\nfunction main() {\n  return 1;\n}\n`,
      "main.txt",
      "text/plain",
    ),
  "raw bytes": (_, random) =>
    request("/blob", [["content-type", "application/octet-stream"]], bytes(random, 5000)),
  "a multipart form": (pick) =>
    multipart("description", pick("prose", "searches", "names", "html")),
  "paths in JSON": (pick) =>
    json({
      files: ["../images/logo.png", "./src/index.ts", "../../css/site.css"],
      cwd: pick("tokens"),
      icon: "../../assets/icon.svg",
    }),
  "an e-mail template": (pick) =>
    json({
      subject: `Hello {{name}}, it's ${pick("searches")}`,
      html: `<p>Dear {{ user.first_name }},</p>${pick("html")}<p>{{#if vip}}Thanks!{{/if}} {% if x %}y{% endif %} \${footer}</p>`,
    }),
  "a webhook": (pick) =>
    json({
      ref: "refs/heads/main",
      commits: [
        {
          message: `Fix "quotes" & select the right union; closes #12 -- ${pick("searches")}`,
          author: { name: pick("names"), email: "a@example.com" },
          added: ["src/a.ts"],
          url: "https://git.example.com/o/r/commit/abc",
        },
      ],
      compare: "https://git.example.com/o/r/compare/a...b",
    }),
  "a list in a parameter": (pick) =>
    request(
      `/list?fields=name;id;price&include=${percent(pick("filters"))}&ids=1,2,3&range=5..10&date=2024-01-01..2024-02-01`,
    ),
  "a token": (pick) =>
    json({
      token: pick("tokens"),
      state: pick("tokens"),
      nested: JSON.stringify({ a: pick("searches"), b: [pick("names")] }),
    }),
  "a static file": (pick, random) =>
    request(`/assets/app.${Math.floor(random() * 1e9).toString(16)}.js?v=1.2.3`, [
      ["user-agent", pick("userAgents")],
      ["accept", "*/*"],
      ["range", "bytes=0-1023"],
    ]),
};

export function ordinaryRequests(seed: number, count: number): Ordinary[] {
  const random = seeded(seed);
  const values = ordinaryValues();
  const pick: Pick = (...groups) => {
    const list = values[groups[Math.floor(random() * groups.length)] ?? ""] ?? [""];
    return list[Math.floor(random() * list.length)] ?? "";
  };
  const templates = Object.entries(TEMPLATES);
  return Array.from({ length: count }, (_, i) => {
    const [about, template] = templates[i % templates.length] as [string, Template];
    return { about, request: template(pick, random) };
  });
}
