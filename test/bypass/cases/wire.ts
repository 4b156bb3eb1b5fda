/** How are the bytes of a case written down? Lines end with CRLF unless a case says otherwise; one char a byte. */
import type { RawCase, Step } from "../support/raw-exchange.ts";
import { NEEDLE } from "../support/told.ts";

export { NEEDLE };

/** A case, and what the client is answered to it (the sentinel's answer left out). */
export interface Row extends RawCase {
  readonly statuses: readonly number[];
  /** Where the simulator answers otherwise than Envoy: docs/host-differences.md says why. */
  readonly simulator?: readonly number[];
}

export const lines = (...all: readonly string[]): string =>
  all.map((each) => `${each}\r\n`).join("");

/** A request whose lines of fields and body are given as they go over the wire. */
export const raw = (start: string, fields: readonly string[] = [], body = ""): string =>
  `${lines(`${start} HTTP/1.1`, "host: api.example", ...fields, "")}${body}`;

export const row = (
  name: string,
  statuses: readonly number[],
  bytes: string | readonly Step[],
  more: Partial<Row> = {},
): Row => ({ name, statuses, bytes: typeof bytes === "string" ? [bytes] : bytes, ...more });

export const sized = (start: string, body: string, fields: readonly string[] = []): string =>
  raw(start, [...fields, `content-length: ${body.length}`], body);

export const chunkOf = (piece: string, extension = ""): string =>
  `${piece.length.toString(16)}${extension}\r\n${piece}\r\n`;

export const chunked = (
  start: string,
  pieces: readonly string[],
  { fields = [], trailers = [] }: { fields?: readonly string[]; trailers?: readonly string[] } = {},
): string =>
  raw(
    start,
    [...fields, "transfer-encoding: chunked"],
    `${pieces.map((each) => chunkOf(each)).join("")}0\r\n${lines(...trailers, "")}`,
  );
