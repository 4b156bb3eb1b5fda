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
  readonly scheme: "http" | "https";
  /** What the client called the scheme, where that is neither. */
  readonly rawScheme: string | undefined;
  readonly protocol: string;
  /** A token of RFC 9110; empty if none is known. */
  readonly method: string;
  /** What the client called the method, where that is no token. */
  readonly rawMethod: string | undefined;
  readonly host: string;
  readonly path: string;
  readonly headers: readonly NameValue[];
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: Uint8Array;
  readonly bodySize: number;
  readonly truncated: boolean;
  /** The stream ended before the request did. */
  readonly aborted: boolean;
  readonly api: ApiInfo | undefined;
}

/** A message of the policy's own: does the node judge? */
export interface ProbeMessage extends Omit<RequestMessage, "type"> {
  readonly type: "probe";
}

export interface PartMessage {
  readonly type: "part";
  readonly id: string;
  /** From 1. */
  readonly part: number;
  readonly last: boolean;
  readonly mode: "sync" | "async";
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: Uint8Array;
  readonly bodySize: number | undefined;
  readonly truncated: boolean;
  readonly aborted: boolean;
}

export interface ResponseMessage {
  readonly type: "response";
  readonly id: string;
  /** 1: the end of one that was reported while it went on; it has no head, and no bytes of the body. */
  readonly part: 0 | 1;
  /** False: it goes on. */
  readonly last: boolean;
  readonly time: number;
  readonly status: number | undefined;
  /** Microseconds. */
  readonly duration: number;
  readonly headers: readonly NameValue[];
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: Uint8Array;
  readonly bodySize: number;
  readonly truncated: boolean;
  /** The stream ended before the response did. */
  readonly aborted: boolean;
}

/** What a client or an API sent. */
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
  readonly part?: number | undefined;
  readonly error: string;
}

/** The node needs earlier parts before it can judge this one. */
export interface Lack {
  readonly id: string;
  readonly part: number;
  /** The lowest part that it has not got. */
  readonly lacks: number;
}

export type Answer = Verdict | VerdictError | Lack;
