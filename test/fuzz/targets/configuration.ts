/** Is a configuration taken if it is right, and else refused with one line that can be read, whatever bytes it has? */
import { require } from "../find.ts";
import { configurationText } from "../generate/configuration-text.ts";
import { SECRET } from "../generate/secret.ts";
import { LogLevel } from "../host/abi.ts";
import { createWorld } from "../host/create-world.ts";
import type { Witness } from "../host/witness.ts";
import { checkLine } from "../oracle/log-line.ts";
import { judgeConfiguration, PARAMETERS } from "../oracle/parameters.ts";
import type { Target } from "./target.ts";

interface Line {
  readonly level: number;
  readonly text: string;
}

const LONGEST_LINE = 700;
/** 20 of keys that are not known, and one of a limit that is small. */
const MOST_WARNINGS = 21;

export const configuration: Target = {
  name: "configuration",
  about: "configurations in JSON: right, with wrong values, malformed",
  inputsInCi: 10_000,
  play(vm, choices) {
    const bytes = configurationText(choices, PARAMETERS);
    const world = createWorld(vm, {
      holdsHeaders: true,
      pluginName: choices.pick(["wallarm.default.api-1", "", "a.b", "a.b.c.d"]),
      properties: new Map(),
      logLevel: 0,
      randomSeed: 1,
      fault: () => 0,
    });
    const lines: Line[] = [];
    const onLog = (level: number, text: string): void => void lines.push({ level, text });
    world.witness = new Proxy({} as Witness, {
      get: (_, name) => (name === "onLog" ? onLog : () => {}),
    });
    const plugin = world.configure(bytes);
    if (plugin !== null) world.remove(plugin);
    checkLines(lines, plugin === null, isKnownForSecret(Buffer.from(bytes).toString("latin1")));
    const right = judgeConfiguration(bytes);
    const is = plugin === null ? "refused" : "taken";
    require(right === "any" || right === is, `configuration ${is} that should be ${right}`, () =>
      JSON.stringify(Buffer.from(bytes).toString("latin1")));
  },
};

/** It stands nowhere but where a URL has a password. */
function isKnownForSecret(text: string): boolean {
  const rest = text.replaceAll(`u:${SECRET}@x`, "").replaceAll(`//user:${SECRET}@`, "");
  return rest.length < text.length && !rest.includes(SECRET);
}

function checkLines(lines: readonly Line[], isRefused: boolean, isSecret: boolean): void {
  for (const { level, text } of lines) {
    checkLine(level, text, isSecret && level >= LogLevel.Error);
    require(text.length < LONGEST_LINE, "log without bound", () => text);
  }
  const errors = lines.filter(({ level }) => level >= LogLevel.Error);
  require(errors.length === Number(isRefused), "not one line", () => JSON.stringify(errors));
  const isNamed = errors.every(({ text }) => text.includes("configuration refused: "));
  require(isNamed, "another error", () => JSON.stringify(errors));
  const warnings = lines.filter(({ level }) => level === LogLevel.Warn);
  require(warnings.length <= MOST_WARNINGS, "log without bound", () => `${warnings.length} lines`);
}
