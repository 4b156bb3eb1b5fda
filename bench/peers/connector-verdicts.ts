/**
 * What does a node answer to a call of docs/node-protocol.md, at the least cost? Each message is passed over key by key; of a
 * request's `id` and `part` are put into a verdict, of everything else nothing is read.
 */
export interface Judged {
  readonly requests: number;
  readonly responses: number;
  readonly verdicts: Buffer;
}

const PASS = Buffer.from([0xa6, ...Buffer.from("action"), 0xa4, ...Buffer.from("pass")]);
const ID = Buffer.from([0xa2, ...Buffer.from("id"), 0xc4, 16]);
const PART = Buffer.from([0xa4, ...Buffer.from("part")]);

/** Throws where the bytes are no messages. */
export function judge(call: Buffer): Judged {
  const walker = new MsgpackWalker(call);
  const verdicts: Buffer[] = [];
  let requests = 0;
  let responses = 0;
  for (let left = walker.readCount(0x90, 0xdc); left > 0; left--) {
    const { isResponse, id, part } = readMessage(walker);
    if (isResponse) responses++;
    else {
      if (part === 0) requests++;
      if (id.length !== 16) throw new Error("message without id");
      verdicts.push(Buffer.concat([MAP_OF_3, ID, id, PART, shortInt(part), PASS]));
    }
  }
  if (!walker.ended) throw new Error("bytes behind the last message");
  return {
    requests,
    responses,
    verdicts: Buffer.concat([arrayHeader(verdicts.length), ...verdicts]),
  };
}

const MAP_OF_3 = Buffer.from([0x83]);

interface Message {
  readonly isResponse: boolean;
  readonly id: Buffer;
  readonly part: number;
}

function readMessage(walker: MsgpackWalker): Message {
  let isResponse = false;
  let id = Buffer.alloc(0);
  let part = 0;
  for (let left = walker.readCount(0x80, 0xde); left > 0; left--) {
    const key = walker.readBytes().toString("latin1");
    if (key === "type") isResponse = walker.readBytes().toString("latin1") === "response";
    else if (key === "id") id = Buffer.from(walker.readBytes());
    else if (key === "part") part = walker.readInt();
    else walker.skip();
  }
  return { isResponse, id, part };
}

function arrayHeader(count: number): Buffer {
  if (count < 16) return Buffer.from([0x90 | count]);
  return Buffer.from([0xdc, count >> 8, count & 0xff]);
}

function shortInt(value: number): Buffer {
  return value < 128 ? Buffer.from([value]) : Buffer.from([0xcd, value >> 8, value & 0xff]);
}

/** Sizes of what follows a format byte from 0xc0 on, where it is fixed (the msgpack specification, "Formats"). */
const FIXED: Readonly<Record<number, number>> = {
  0xc0: 0,
  0xc2: 0,
  0xc3: 0,
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
};

class MsgpackWalker {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Of an array (0x90, 0xdc) or a map (0x80, 0xde). */
  readCount(short: number, long: number): number {
    const format = this.#unsigned(1);
    if ((format & 0xf0) === short) return format & 0x0f;
    if (format === long || format === long + 1) return this.#unsigned(format === long ? 2 : 4);
    throw new Error(`no collection: format ${format}`);
  }

  /** A str or a bin. */
  readBytes(): Buffer {
    const format = this.#unsigned(1);
    let size: number;
    if ((format & 0xe0) === 0xa0) size = format & 0x1f;
    else if (format >= 0xc4 && format <= 0xc6) size = this.#unsigned(1 << (format - 0xc4));
    else if (format >= 0xd9 && format <= 0xdb) size = this.#unsigned(1 << (format - 0xd9));
    else throw new Error(`no text: format ${format}`);
    this.#at += size;
    if (this.#at > this.#bytes.length) throw new Error("cut off");
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  readInt(): number {
    const format = this.#unsigned(1);
    if (format < 0x80) return format;
    if (format >= 0xcc && format <= 0xce) return this.#unsigned(1 << (format - 0xcc));
    throw new Error(`no small integer: format ${format}`);
  }

  skip(): void {
    const format = this.#bytes[this.#at]!;
    if (format < 0x80 || format >= 0xe0) this.#at++;
    else if (format < 0x90 || format >= 0xde) this.#skipItems(2 * this.readCount(0x80, 0xde));
    else if (format < 0xa0 || format >= 0xdc) this.#skipItems(this.readCount(0x90, 0xdc));
    else if (FIXED[format] !== undefined) this.#at += 1 + FIXED[format];
    else this.readBytes();
  }

  #skipItems(count: number): void {
    for (let left = count; left > 0; left--) this.skip();
  }

  #unsigned(width: number): number {
    const value = this.#bytes.readUIntBE(this.#at, width);
    this.#at += width;
    return value;
  }
}
