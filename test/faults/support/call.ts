/** What can a node do with one call? Say what it should, or anything else, byte for byte. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { encode } from "@msgpack/msgpack";

/** What a message says about itself, as far as its verdict needs it. */
export interface Asked {
  readonly type: "request" | "response" | "part" | "probe";
  /** 32 hex digits. */
  readonly id: string;
  readonly part: number;
}

export interface Verdict {
  readonly id: Uint8Array;
  readonly part: number;
  readonly action: string;
}

type Bytes = string | Uint8Array;

const NODE = "x-wallarm-node: 9.9.9-faulty";

export class Call {
  readonly socket: Socket;
  readonly asked: readonly Asked[];

  constructor(socket: Socket, messages: readonly Asked[]) {
    this.socket = socket;
    this.asked = messages.filter((each) => each.type !== "response");
  }

  verdicts(action: string): Verdict[] {
    return this.asked.map(({ id, part }) => ({ id: Buffer.from(id, "hex"), part, action }));
  }

  /** As it should be, but for `headers`. */
  judge(action: string, headers: readonly string[] = []): void {
    this.answer(200, encode(this.verdicts(action)), headers);
  }

  answer(status: number | string, body: Bytes = "", headers: readonly string[] = []): void {
    this.write(head(status, [`content-length: ${body.length}`, ...headers]), body);
  }

  write(...bytes: readonly Bytes[]): void {
    const all = bytes.map((each) =>
      typeof each === "string" ? Buffer.from(each, "latin1") : Buffer.from(each),
    );
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(all));
  }

  /** A byte at a time, `pause` milliseconds apart, for as long as the gateway listens. */
  async trickle(bytes: Uint8Array, pause: number): Promise<void> {
    for (const byte of bytes) {
      if (this.socket.destroyed) return;
      this.socket.write(Buffer.of(byte));
      await sleep(pause);
    }
  }

  /** A TCP reset, once what was written is on its way. */
  reset(): void {
    this.socket.write("", () => this.socket.resetAndDestroy());
  }
}

export const head = (status: number | string, headers: readonly string[] = []): string =>
  `HTTP/1.1 ${status} Whatever\r\n${[NODE, ...headers].join("\r\n")}\r\n\r\n`;

/** A well-formed answer as bytes. */
export function whole(call: Call, action: string): Buffer {
  const body = encode(call.verdicts(action));
  return Buffer.concat([Buffer.from(head(200, [`content-length: ${body.length}`])), body]);
}

/** The id of the first message and its part are among the first so many bytes of a call. */
export const ID_WITHIN = 48;
const ID_MARK = Buffer.from([0xa2, 0x69, 0x64, 0xc4, 0x10]);
const PART_MARK = Buffer.from([0xa4, 0x70, 0x61, 0x72, 0x74]);

export function idIn(bytes: Buffer): Asked {
  const at = bytes.indexOf(ID_MARK) + ID_MARK.length;
  const isPart = bytes.subarray(at + 16, at + 21).equals(PART_MARK);
  const type = isPart ? "part" : "response";
  return { type, id: bytes.toString("hex", at, at + 16), part: isPart ? bytes[at + 21]! : 0 };
}
