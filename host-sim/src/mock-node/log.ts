/** Where does the node write what happens, and how (`log`)? */
import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { logLevels, type LogConfig, type LogLevel } from "./config/node-config.ts";

export interface NodeLog {
  write(level: LogLevel, message: string): void;
  access(request: IncomingMessage, status: number, milliseconds: number): void;
  /** A line of the access log about what is no HTTP request; `details` where it is verbose. */
  line(message: string, details: Record<string, string | number>): void;
}

type Write = (line: string) => void;

export const silentLog: NodeLog = {
  write: () => undefined,
  access: () => undefined,
  line: () => undefined,
};

export function createNodeLog(config: LogConfig, stdout: Write, stderr: Write): NodeLog {
  const errors = open(config.file, stdout, stderr);
  const { accessLog } = config;
  const accesses = accessLog.file === config.file ? errors : open(accessLog.file, stdout, stderr);
  const threshold = logLevels.indexOf(config.level);
  return {
    write(level, message) {
      if (logLevels.indexOf(level) < threshold) return;
      errors(line(config.pretty, { level, message }));
    },
    access(request, status, milliseconds) {
      if (!accessLog.enabled) return;
      accesses(
        line(config.pretty, {
          level: "info",
          ...accessFields(request, status, milliseconds, accessLog.verbose),
        }),
      );
    },
    line(message, details) {
      if (!accessLog.enabled) return;
      const rest = accessLog.verbose ? details : {};
      accesses(line(config.pretty, { level: "info", message, ...rest }));
    },
  };
}

function open(file: string, stdout: Write, stderr: Write): Write {
  if (file === "stdout" || file === "stderr") return file === "stdout" ? stdout : stderr;
  const stream = createWriteStream(file, { flags: "a" });
  stream.on("error", (error) => stderr(`host-sim node: log file ${file}: ${error.message}\n`));
  return (line) => void stream.write(line);
}

type Fields = Record<string, string | number>;

function accessFields(
  request: IncomingMessage,
  status: number,
  milliseconds: number,
  verbose: boolean,
): Fields {
  const peer = `${request.socket.remoteAddress ?? "-"}:${request.socket.remotePort ?? "-"}`;
  const url = (request.url ?? "").slice(0, 500);
  const basic = { message: `${request.method} ${url} ${status}` };
  if (!verbose) return basic;
  const bytes = request.headers["content-length"] ?? "-";
  return { ...basic, peer, ms: Number(milliseconds.toFixed(1)), bytes };
}

function line(pretty: boolean, fields: Fields): string {
  const time = new Date().toISOString();
  if (!pretty) return `${JSON.stringify({ time, ...fields })}\n`;
  const { level, message, ...rest } = fields;
  const tail = Object.entries(rest).map(([key, value]) => ` ${key}=${value}`);
  // One line each, whatever was sent.
  return (
    `${time} ${level} ${message}${tail.join("")}`.replace(/[\u0000-\u001f\u007f]/g, " ") + "\n"
  );
}
