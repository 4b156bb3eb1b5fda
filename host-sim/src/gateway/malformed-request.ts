/** What is answered to bytes that are no HTTP request, or one that the parser refuses? As Envoy's codec: 400, or 431. */
import type { RawRequest } from "./request-intake.ts";

/** `undefined`: the connection broke, there is nobody to answer. */
export function answerToBadRequest(error: Error): number | undefined {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  if (code === "HPE_INVALID_EOF_STATE") return undefined; // the client went away in the middle
  return code.startsWith("HPE_") ? 400 : undefined;
}

/** The head of a request as bytes, without its offer to go on in HTTP/2. */
export function withoutUpgradeOffer(raw: RawRequest): Buffer {
  let text = `${raw.method} ${raw.url} HTTP/${raw.httpVersion}\r\n`;
  const dropped = new Set(["connection", "upgrade", "http2-settings"]);
  for (let i = 0; i + 1 < raw.rawHeaders.length; i += 2) {
    const name = raw.rawHeaders[i]!;
    if (!dropped.has(name.toLowerCase())) text += `${name}: ${raw.rawHeaders[i + 1]!}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, "latin1");
}
