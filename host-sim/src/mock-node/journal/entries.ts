/** What does the journal keep of each message and attack? Texts are latin1: one character a byte. */
import type { WallarmMode } from "../config/node-config.ts";
import type { ApiInfo, NameValue } from "../contract/messages.ts";

/** `error`: no verdict could be given. */
export type JournalAction = "pass" | "block" | "error" | "none";

interface EntryBase {
  /** Grows by one with every entry of the node, messages and attacks together. */
  readonly seq: number;
  /** When it came, milliseconds since the epoch. */
  readonly at: number;
  /** Id of the request, 32 hex digits. */
  readonly id: string;
}

export interface JournalBody {
  readonly bytes: number;
  /** At most `mock.journal.body_bytes` of them. */
  readonly base64: string;
  readonly cut: boolean;
}

/** How the message came: which connector sent it, and in which call. */
export interface Call {
  readonly peer: string;
  readonly path: string;
  readonly connector: string;
  readonly connectorVersion: string;
}

export interface MessageEntry extends EntryBase {
  readonly type: "request" | "part" | "response";
  readonly part: number;
  readonly last: boolean;
  readonly truncated: boolean;
  /** The stream ended before it. */
  readonly aborted: boolean;
  readonly time: number;
  readonly client: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly scheme: string;
  /** What the client called them, where that is neither scheme nor method of the contract. */
  readonly rawScheme: string | undefined;
  readonly rawMethod: string | undefined;
  readonly protocol: string;
  readonly connectorMode: "sync" | "async" | "";
  readonly status: number | undefined;
  readonly duration: number | undefined;
  readonly headers: readonly NameValue[];
  readonly trailers: readonly NameValue[] | undefined;
  readonly body: JournalBody;
  readonly bodySize: number | undefined;
  readonly api: ApiInfo | undefined;
  readonly call: Call;
  readonly action: JournalAction;
  /** A sentence: what was decided, and why. */
  readonly why: string;
  readonly mode: WallarmMode | undefined;
  readonly application: number | undefined;
  readonly route: string | undefined;
  readonly attacks: readonly string[];
  /** The faults that changed the answer. */
  readonly faults: readonly string[];
}

export interface AttackEntry extends EntryBase {
  readonly part: number;
  readonly client: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly protocol: string;
  readonly connectorMode: "sync" | "async";
  readonly type: string;
  readonly rule: string;
  readonly point: string;
  readonly value: string;
  readonly match: string;
  readonly explanation: string;
  readonly action: JournalAction;
  readonly why: string;
  readonly mode: WallarmMode;
  readonly application: number;
}

export type NewEntry<T extends EntryBase> = Omit<T, "seq" | "at">;
