/** What do the messages of the contract hold, once decoded? Byte strings are latin1 text: one character a byte. */

export type NameValue = readonly [name: string, value: string];

export interface ApiInfo {
  readonly id: string;
  readonly name: string;
  readonly version: string;
}

export interface RequestMessage {
  readonly type: "request";
  /** 32 hex digits. */
  readonly id: string;
  readonly part: 0;
  readonly last: boolean;
  readonly mode: "sync" | "async";
  /** Microseconds since the epoch; below 2^53 until the year 2255. */
  readonly time: number;
  readonly clientIp: string;
  readonly scheme: string;
  readonly protocol: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: readonly NameValue[];
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: Uint8Array;
  readonly bodySize: number;
  readonly truncated: boolean;
  readonly api: ApiInfo | undefined;
}

export interface PartMessage {
  readonly type: "part";
  readonly id: string;
  /** From 1. */
  readonly part: number;
  readonly last: boolean;
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: Uint8Array;
  readonly bodySize: number | undefined;
  readonly truncated: boolean;
}

export interface ResponseMessage {
  readonly type: "response";
  readonly id: string;
  readonly time: number;
  readonly status: number;
  /** Microseconds. */
  readonly duration: number;
  readonly headers: readonly NameValue[];
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: Uint8Array;
  readonly bodySize: number;
  readonly truncated: boolean;
}

export type Message = RequestMessage | PartMessage | ResponseMessage;

export type Action = "pass" | "block";

export interface Verdict {
  readonly id: string;
  readonly part: number;
  readonly action: Action;
  readonly status?: number | undefined;
  readonly attacks?: readonly string[] | undefined;
  readonly application?: number | undefined;
}

/** The node could not judge this message. */
export interface VerdictError {
  readonly id: string;
  readonly error: string;
}

export type Answer = Verdict | VerdictError;
