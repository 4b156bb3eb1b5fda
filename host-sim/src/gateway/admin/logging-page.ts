/** What does a POST to `/logging` change? `level=` sets all loggers, `NAME=LEVEL` one, `paths=a:debug,b:info` several. */
import { LOG_LEVELS, parseLogLevel, type LoggerLevels } from "./logger-levels.ts";

const USAGE = [
  "usage: /logging?<name>=<level> (change single level)",
  "usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)",
  "usage: /logging?level=<level> (change all levels)",
  `levels: ${LOG_LEVELS.join(" ")}`,
].join("\n");

export interface Page {
  readonly status: 200 | 400;
  readonly text: string;
}

export function changeLogging(levels: LoggerLevels, query: URLSearchParams): Page {
  const error = apply(levels, [...query]);
  if (error === undefined) return { status: 200, text: levels.describe() };
  return { status: 400, text: `error: ${error}\n\n${USAGE}\n${levels.describe()}` };
}

function apply(levels: LoggerLevels, query: [string, string][]): string | undefined {
  const [first, ...more] = query;
  if (first === undefined) return undefined;
  if (more.length > 0) return "invalid parameters: one at a time";
  const [name, value] = first;
  if (name === "paths") return applyAll(levels, value);
  const level = parseLogLevel(value);
  if (level === undefined) return "unknown logger level";
  if (name === "level") levels.setAll(level);
  else if (!levels.set(name, level)) return "unknown logger name";
  return undefined;
}

function applyAll(levels: LoggerLevels, list: string): string | undefined {
  const wanted = list.split(",").map((each) => each.split(":"));
  for (const [name = "", text = ""] of wanted) {
    const level = parseLogLevel(text);
    if (level === undefined) return "unknown logger level";
    if (!levels.set(name, level)) return "unknown logger name";
  }
  return undefined;
}
