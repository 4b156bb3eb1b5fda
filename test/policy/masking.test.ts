/** Does no credential get into a log, in whatever form it comes, while ordinary text stays readable? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const mask = (text: string): string => sdk.text("mask", text)!;
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

/** Around a secret: what is before and after it. Each is one place where secrets are written. */
const FORMS: Readonly<Record<string, (name: string, secret: string) => string>> = {
  "a query": (name, secret) => `/a?b=1&${name}=${encodeURIComponent(secret)}&c=kept`,
  "a query that begins with it": (name, secret) => `?${name}=${encodeURIComponent(secret)}`,
  "a query with a fragment": (name, secret) => `/#${name}=${encodeURIComponent(secret)}`,
  "a form with brackets": (name, secret) => `user[${name}]=${encodeURIComponent(secret)}&c=kept`,
  "a form with encoded brackets": (name, secret) =>
    `user%5B${name}%5D=${encodeURIComponent(secret)}&c=kept`,
  "a form with a list": (name, secret) => `${name}[]=${encodeURIComponent(secret)}&c=kept`,
  "a URL inside of a query": (name, secret) =>
    `/go?to=${encodeURIComponent(`/x?${name}=${secret}`)}&c=kept`,
  JSON: (name, secret) => JSON.stringify({ a: 1, [name]: secret, c: "kept" }),
  "JSON with blanks": (name, secret) =>
    JSON.stringify({ a: 1, [name]: secret, c: "kept" }, null, 2),
  "JSON, cut": (name, secret) => JSON.stringify({ a: 1, [name]: secret }).slice(0, -2),
  "JSON, deep inside": (name, secret) => JSON.stringify({ a: [{ b: { [name]: secret } }] }),
  "JSON with a list": (name, secret) => JSON.stringify({ [name]: ["x", secret], c: "kept" }),
  "JSON with an object": (name, secret) =>
    JSON.stringify({ [name]: { a: "}", b: { c: secret } }, c: "kept" }),
  "JSON in a string of JSON": (name, secret) =>
    JSON.stringify({ a: JSON.stringify({ [name]: secret, c: "kept" }) }),
  "JSON in a string in a string of JSON": (name, secret) =>
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ [name]: secret }) }) }),
  "JSON in a query": (name, secret) =>
    `?q=${encodeURIComponent(JSON.stringify({ [name]: secret }))}`,
  "JSON with a name and a value": (name, secret) => JSON.stringify({ name, value: secret, c: 1 }),
  "a header line": (name, secret) => `host: a\r\n${name}: ${secret}\r\naccept: kept`,
  "a header line with a scheme": (name, secret) => `${name}: Digest a="b", c=${secret}\r\nx: kept`,
  "a line of YAML": (name, secret) => `a: b\n${name}: ${secret}\nc: kept`,
  "an XML element": (name, secret) => `<a><${name}>${secret}</${name}><c>kept</c></a>`,
  "an XML element with a prefix": (name, secret) => `<s:${name}>${secret}</s:${name}><c>kept</c>`,
  "an XML element with attributes": (name, secret) =>
    `<${name} type="x">${secret}</${name}><c>kept</c>`,
  "an XML element with CDATA": (name, secret) =>
    `<${name}><![CDATA[${secret}]]></${name}><c>kept</c>`,
  "an XML element with others inside": (name, secret) => `<${name}><v>${secret}</v></${name}>`,
  "an XML element that is empty": (name, secret) => `<${name} value="${secret}"/>`,
  "an XML attribute": (name, secret) => `<user id="1" ${name}="${secret}" c="kept"/>`,
  "a form field of HTML": (name, secret) => `<input name="${name}" value="${secret}"> kept`,
  "a multipart form": (name, secret) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${secret}\r\n--b\r\nkept`,
  "a multipart form with a type": (name, secret) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: text/plain\r\n\r\n` +
    `${secret}\r\n--b\r\nkept`,
  "a hash of Ruby": (name, secret) => `{"${name}"=>"${secret}", "c"=>"kept"}`,
};
const NAMES = [
  ...["password", "Password", "PASSWD", "passphrase", "user_pass", "pwd", "pin", "otp", "cvv"],
  ...["access_token", "refreshToken", "id-token", "csrf_token", "api_key", "apiKey", "X-Api-Key"],
  ...["authorization", "Proxy-Authorization", "x-auth", "X-Auth-Key", "client_secret", "key"],
  ...["PHPSESSID", "JSESSIONID", "session", "sid", "cookie", "set-cookie", "jwt", "card_number"],
  ...["credentials", "X-Amz-Signature", "sig", "SAMLAssertion", "private_key", "AWSAccessKeyId"],
];
const SECRETS = ["hunter2SECRET", "a,b;cSECRET", "Bearer xSECRET", "12.SECRET-_~+/=", "é SECRET"];

describe("a credential", () => {
  it.each(Object.entries(FORMS))("does not survive in %s, whatever its name", (form, write) => {
    for (const name of NAMES) {
      for (const secret of SECRETS) {
        const text = write(name, secret);
        const masked = mask(text);
        expect(masked, text).not.toContain("SECRET");
        expect(masked, text).toContain("***");
        if (text.includes("kept")) expect(masked, text).toContain("kept");
      }
    }
  });

  it("does not survive in JSON and forms with any characters", () => {
    const letters = fc.string({
      unit: fc.constantFrom('"', "\\", "'", ",", "}", "]", ":", "a", "é"),
    });
    const forms = Object.entries(FORMS).filter(([form]) => /JSON|query|form with/.test(form));
    fc.assert(
      fc.property(letters, letters, fc.constantFrom(...forms), (before, after, [form, write]) => {
        const masked = mask(write("password", `${before}SECRET${after}`));
        if (masked.includes("SECRET")) throw new Error(`${form}: ${masked}`);
      }),
      { numRuns: 3_000, seed: 20261122 },
    );
  });

  it.each([
    [`see Bearer ${JWT} there`, "see Bearer *** there"],
    [`x ${JWT}, y`, "x ***, y"],
    ["Basic dXNlcjpwYXNzd29yZA==", "Basic ***"],
    ["http://user:secret@host/p", "http://***@host/p"],
    ["to=https://u:p@a.example?x=1", "to=https://***@a.example?x=1"],
    ['{"url":"amqp://u:p@q/"}', '{"url":"amqp://***@q/"}'],
  ])("that needs no name: %s", (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  it.each(NAMES)("is told by its name: %s", (name) => {
    expect(sdk.number("isCredentialName", name)).toBe(1);
  });
});

describe("ordinary text stays as it is", () => {
  it.each([
    ...["", "hello", "/a/b?c=d&e=f#g", "user=a&size=5", '{"size":42,"name":"a b"}', "a: b\r\nc: d"],
    ...["<a><b>c</b></a>", "text/html; charset=utf-8", "no-cache, no-store", "*/*;q=0.8"],
    ...["spinning=1&shopping=2&compass=3&bypass=4", "sort-key=5&monkey=6", "The password is lost."],
    ...["tokens", "a token, a secret", "http://host:80/a@b", "mail@example.com", "Basic English"],
    ...["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "1 < 2 > 1", "::1", "a=>b", "[]{}\\"],
    ...["é\u0000\ud800", "%", "%2", "%22%3A", "name=value", "author=me&authors=you"],
  ])("%j", (text) => {
    expect(mask(text)).toBe(text);
  });

  it("has no credential's name", () => {
    for (const name of ["accept", "host", "content-type", "x-request-id", "sort_key", "author"]) {
      expect(sdk.number("isCredentialName", name), name).toBe(0);
    }
  });

  it("and no text makes it trap, or longer than its masks", () => {
    const piece = fc.oneof(
      fc.constantFrom("password", "token", "key", "form-data", "value", "bearer ", "eyJ", "://"),
      fc.constantFrom('"', "'", "\\", "=", ":", "<", ">", "</", "[", "{", "}", "%", "%22", "%3D"),
      fc.constantFrom("\r\n", "\n\n", "\n--", " ", "&", "@", "x"),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join("");
        return mask(text).length <= text.length * 4;
      }),
      { numRuns: 10_000, seed: 20261122 },
    );
  });
});
