/** Which texts may be given as a configuration? Right ones, ones with a wrong value, ones that are no JSON. */
import type { Choices } from "../choices.ts";
import type { Parameter } from "../oracle/parameters.ts";
import { mutate, overlong } from "./mutate.ts";
import { SECRET } from "./secret.ts";

type Parameters = Readonly<Record<string, Parameter>>;

export function configurationText(choices: Choices, parameters: Parameters): Uint8Array {
  const names = Object.keys(parameters);
  const entries: string[] = [];
  if (!choices.oneIn(12)) entries.push(entry(choices, "wallarm_node", nodeUrl(choices)));
  for (let left = choices.int(6); left > 0; left--) {
    const key = choices.oneIn(12) ? anyText(choices) : choices.pick(names);
    if (key === "wallarm_node" && !choices.oneIn(20)) continue;
    entries.push(entry(choices, key, value(choices, parameters[key])));
  }
  if (choices.oneIn(2)) entries.reverse();
  const space = choices.oneIn(6) ? choices.pick([" ", "\n\t", "\r\n"]) : "";
  const bytes = Buffer.from(`${space}{${entries.join(`${space},${space}`)}}${space}`, "latin1");
  return choices.oneIn(3) ? mutate(choices, bytes) : bytes;
}

const entry = (choices: Choices, key: string, raw: string): string =>
  `${quoted(choices, key)}${choices.oneIn(10) ? " : " : ":"}${raw}`;

/** Bytes as Latin-1: they need not be UTF-8. */
function quoted(choices: Choices, text: string): string {
  if (text.length > 0 && choices.oneIn(25)) {
    return `"${Buffer.from(overlong(choices, text)).toString("latin1")}"`;
  }
  const escaped = text.replaceAll(/["\\]/g, "\\$&");
  if (!choices.oneIn(15)) return `"${escaped}"`;
  const at = choices.int(text.length + 1);
  const code = text.charCodeAt(at);
  if (Number.isNaN(code) || /["\\]/.test(text)) return `"${escaped}\\ud800"`;
  return `"${text.slice(0, at)}\\u00${code.toString(16).padStart(2, "0")}${text.slice(at + 1)}"`;
}

function value(choices: Choices, parameter: Parameter | undefined): string {
  if (parameter === undefined || choices.oneIn(6)) return anything(choices);
  if (parameter.type === "boolean") return choices.pick(["true", "false"]);
  if (parameter.type === "integer") return integer(choices, parameter);
  if (parameter.type === "array") return `[${nodeUrl(choices)}]`;
  if (parameter.format === "service") return nodeUrl(choices);
  if (parameter.enum !== undefined) return quoted(choices, choices.pick(parameter.enum));
  return quoted(
    choices,
    choices.pick(["X-Real-IP", "Host", "a", "x y", "", "x".repeat(128), "x".repeat(129), "text"]),
  );
}

function integer(choices: Choices, { minimum = 0, maximum = 2 ** 31 - 1 }: Parameter): string {
  const number = choices.pick([minimum, minimum + 1, maximum, minimum - 1, maximum + 1, 1000]);
  return choices.weighted(
    [8, String(number)],
    [1, `${number}.0`],
    [1, `${number}e0`],
    [1, `"${number}"`],
    [1, `0${number}`],
  );
}

const URLS = [
  ...[
    "http://node:5050",
    "h2://node:5080",
    "https://10.0.0.1/prefix/",
    "HTTP://Node.test",
    "http://[::1]:80/a/b//",
  ],
  ...[
    "http://node:0",
    "http://node:65536",
    "http://node:",
    "http://",
    "node:5050",
    "ftp://node",
    "http://no de",
  ],
  ...[
    "http://node?x",
    "http://node/a?b",
    "http://node#x",
    `http://user:${SECRET}@node`,
    "http://[::1",
    "http://[fe80::1%25eth0]",
  ],
  ...["http://node/\u007f", "http://node/%2e%2e", "h2:/node", "://node", "http://a_b.c-d:1"],
];

function nodeUrl(choices: Choices): string {
  return quoted(choices, choices.weighted([6, URLS[0]!], [4, choices.pick(URLS)]));
}

function anyText(choices: Choices): string {
  return choices.pick([
    "wallarm_mod",
    "",
    "x".repeat(300),
    "constructor",
    "__proto__",
    "é".repeat(50),
  ]);
}

function anything(choices: Choices): string {
  const depth = choices.pick([1, 14, 15, 16, 17, 40, 3000]);
  return choices.pick<() => string>([
    () => "null",
    () =>
      choices.pick([
        "true",
        "0",
        "-0",
        "1",
        "-1",
        "1e400",
        "12345678901234567890",
        "0.1",
        "2147483648",
        "01",
        "+1",
        ".5",
      ]),
    () => quoted(choices, choices.oneIn(3) ? `http://u:${SECRET}@x` : anyText(choices)),
    () => "[".repeat(depth) + "]".repeat(depth),
    () => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
    () =>
      choices.pick([
        "[1,]",
        "{,}",
        "[}",
        "nul",
        "NaN",
        "undefined",
        "'a'",
        '"',
        '"\\x41"',
        '"\\u12"',
        '"a\nb"',
        "/**/1",
      ]),
  ])();
}
