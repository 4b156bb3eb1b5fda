/** Does no secret get into a log, in whatever place it comes, while ordinary requests stay readable? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const header = (name: string, value: string): string =>
  sdk.text("shownHeader", name, value, Buffer.byteLength(value))!;
const path = (text: string): string => sdk.text("shownPath", text)!;

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
const PEM = "-----BEGIN RSA PRIVATE KEY----- MIIEpAIBAAKCAQEAx -----END RSA PRIVATE KEY-----";
const SECRETS = [
  ...["hunter2SECRET", "a,b;cSECRET", "Bearer xSECRET", "12.SECRET-_~+/=", "é SECRET"],
  ...[JWT, PEM, "dXNlcjpwYXNzd29yZA==", "0123456789abcdef0123456789abcdef", "sk_live_4eC39HqLyjWD"],
];

describe("a header", () => {
  const names = [
    ...["Ocp-Apim-Subscription-Key", "X-Functions-Key", "Authorization", "Proxy-Authorization"],
    ...["Cookie", "Set-Cookie", "X-Api-Key", "X-Auth", "Key", "X-Amz-Security-Token", "Location"],
    ...["Referer", "Origin", "X-Original-URL", "Link", "X-Anything", "Forwarded", "If-None-Match"],
    ...[
      "accept2",
      "x-accept",
      "Content-Disposition",
      "Sec-WebSocket-Key",
      "loginPwd",
      "traceparent",
    ],
  ];

  it.each(names)("that may hold a secret is shown by its length: %s", (name) => {
    for (const secret of [...SECRETS, "x", "", "harmless"]) {
      const bytes = Buffer.byteLength(secret);
      expect(header(name, secret)).toBe(`${name}=<${bytes} bytes>`);
    }
  });

  it.each([
    ["host", "shop.example:8443"],
    ["host", "[2001:db8::1]:80"],
    ["accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"],
    ["accept-encoding", "gzip, deflate, br, zstd"],
    ["accept-language", "de-CH,de;q=0.9,en;q=0.8"],
    ["content-type", "application/vnd.github+json"],
    ["content-length", "1234567"],
    ["transfer-encoding", "chunked"],
    ["connection", "keep-alive, Upgrade"],
    ["date", "Tue, 01 Dec 2026 04:58:31 GMT"],
    ["server", "envoy"],
    ["cache-control", "no-cache, max-age=0"],
    ["user-agent", "curl/8.5.0"],
    [
      "user-agent",
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0",
    ],
    ["x-request-id", "550e8400-e29b-41d4-a716-446655440000"],
    ["Accept", "*/*"],
  ])("that says nothing secret is shown: %s: %s", (name, value) => {
    expect(header(name, value)).toBe(`${name}=${value}`);
  });

  it.each([
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-type",
    "host",
    "server",
    "te",
    "user-agent",
    "x-request-id",
  ])(
    "that mostly says nothing secret is shown by its length with what looks like one: %s",
    (name) => {
      for (const secret of SECRETS.slice(5)) {
        if (name === "x-request-id" && /^[0-9a-f]{32}$/.test(secret)) continue;
        // A name of a host may look like anything.
        if (name === "host" && /^[\w.-]+$/.test(secret)) continue;
        expect(header(name, secret)).toBe(`${name}=<${secret.length} bytes>`);
        const among = `text, ${secret}`;
        expect(header(name, among)).toBe(`${name}=<${among.length} bytes>`);
      }
      const named = "password=hunter";
      expect(header(name, named)).toBe(`${name}=<${named.length} bytes>`);
    },
  );

  it("with a media type is shown without its parameters", () => {
    const value = "multipart/form-data; boundary=Sw0rdfish";
    expect(header("content-type", value)).toBe("content-type=multipart/form-data");
  });

  it("is shown without a name that looks like a secret", () => {
    const name = "x-4ec39hqlyjwdarjtt1zdp7dc";
    expect(header(name, "1")).toBe(`<${name.length} bytes>=<1 bytes>`);
    expect(header("x-".padEnd(3000, "y"), "1")).toBe("<3000 bytes>=<1 bytes>");
  });
});

describe("a query", () => {
  const names = [
    ...["code", "code_verifier", "SAMLResponse", "loginPwd", "access_token", "sig", "q", "page"],
    ...["X-Amz-Signature", "key", "p", "client_secret", "state", "id_token_hint", "otp"],
  ];

  it.each(names)("is shown by its names alone: %s", (name) => {
    for (const secret of SECRETS) {
      const value = encodeURIComponent(secret);
      const shown = path(`/a?b=1&${name}=${value}&c=kept`);
      expect(shown).toBe(`/a?b=<1 bytes>&${name}=<${value.length} bytes>&c=<4 bytes>`);
    }
  });

  it.each([
    ["/a?", "/a?"],
    ["/a?SECRET", "/a?<6 bytes>"],
    [`/a?${JWT}`, `/a?<${JWT.length} bytes>`],
    [`/a?${JWT}=1`, `/a?<${JWT.length} bytes>=<1 bytes>`],
    ["/a?x=1=SECRET", "/a?x=<8 bytes>"],
    ["/a?x=?y=SECRET", "/a?x=<9 bytes>"],
    ["/a?x=/SECRET", "/a?x=<7 bytes>"],
    ["/a?x=1;y=SECRET", "/a?x=<10 bytes>"],
    ["/a?&&x=", "/a?&&x=<0 bytes>"],
    ["/a?user%5Bpwd%5D=SECRET", "/a?<13 bytes>=<6 bytes>"],
    ["/a?x=é", "/a?x=<2 bytes>"],
  ])("%s is shown as %s", (text, shown) => {
    expect(path(text)).toBe(shown);
  });

  it("of a signed URL keeps the signature for itself", () => {
    const signed =
      "/bucket/file.txt?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101&X-Amz-Signature=fe5f80f77d5fa3beca";
    expect(path(signed)).toBe(
      "/bucket/file.txt?X-Amz-Credential=<31 bytes>&X-Amz-Signature=<18 bytes>",
    );
  });

  it("with very many parameters is shown in part", () => {
    const shown = path(`/a?${"x=1&".repeat(1000)}`);
    expect(shown).toMatch(/^\/a\?x=<1 bytes>&.* and 3872 bytes more$/);
    expect(shown.length).toBeLessThan(1000);
  });
});

describe("a path", () => {
  it.each([
    ...["/", "", "/p/1", "/api/v1/users/42/orders", "/getUserById/index.html", "/a//b/"],
    ...[
      "/well-known-resources/open_id.json",
      "/order/2026-12-01",
      "/oauth2/page10",
      "/~user/File.txt",
    ],
  ])("of words and numbers is shown as it is: %s", (text) => {
    expect(path(text)).toBe(text);
  });

  it.each([
    ...SECRETS.slice(5).map((secret) => encodeURIComponent(secret)),
    "550e8400-e29b-41d4-a716-446655440000",
    "4111111111111111",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "user:password@host",
    ";jsessionid=1",
    "x;token=SECRET",
    "#token=SECRET",
    "%70assword=x",
    "eyJx",
  ])("is shown without the segment %s", (segment) => {
    expect(path(`/a/${segment}/b`)).toBe(`/a/<${segment.length} bytes>/b`);
    expect(path(`/a/${segment}`)).toBe(`/a/<${segment.length} bytes>`);
  });

  it("of an absolute target is shown without user info", () => {
    expect(path("http://user:secret@host/p")).toBe("<5 bytes>//<16 bytes>/p");
  });

  it("with any characters never traps and shows nothing but words, marks and lengths", () => {
    const piece = fc.oneof(
      fc.constantFrom("/", "?", "&", "=", ";", "%", "#", "..", "eyJ", "a", "1", "A", "-", "_"),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) =>
        /^[\w.~\-/?&=<> ]*$/.test(path(pieces.join(""))),
      ),
      { numRuns: 5000, seed: 20261122 },
    );
  });
});

describe("a random token", () => {
  it("of 20 and more characters is no plain word", () => {
    const alphabets = [
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
      "0123456789abcdef",
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    ];
    for (const letters of alphabets) {
      const token = fc.string({ unit: fc.constantFrom(...letters), minLength: 20, maxLength: 80 });
      fc.assert(
        fc.property(token, (text) => sdk.number("isPlainWord", text) === 0),
        { numRuns: 2000, seed: 20261122 },
      );
    }
  });
});
