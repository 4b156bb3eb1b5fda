/**
 * Are these bytes one whole msgpack value of bounded depth and count? Asked before decoding, because
 * @msgpack/msgpack bounds neither: 16 MiB of nested or tiny values would cost it hundreds of MiB.
 */
import { malformed } from "./contract-error.ts";

/** Nesting deeper than this is refused (docs/node-protocol.md). */
export const MAX_DEPTH = 16;
/** Values in one call: far above any batch that a connector sends. */
export const MAX_VALUES = 200_000;

interface Shape {
  /** Bytes of the value's head, with its length field. */
  readonly head: number;
  /** Bytes that follow the head. */
  readonly payload: number;
  /** Values that follow the head. */
  readonly children: number;
}

/** Returns where the elements of an outermost array begin, and where the last one ends. */
export function scanMsgpack(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open: number[] = []; // values still to come, for each open array or map
  const bounds: number[] = [];
  let offset = 0;
  let values = 0;
  do {
    const shape = shapeAt(view, offset);
    offset += shape.head + shape.payload;
    if (offset > view.byteLength) throw cutOff(view.byteLength);
    if (++values > MAX_VALUES) throw undecodable(`holds more than ${MAX_VALUES} values`);
    if (open.length > 0) open[open.length - 1]! -= 1;
    if (shape.children > 0) {
      open.push(shape.children);
      if (open.length > MAX_DEPTH) throw undecodable(`is nested deeper than ${MAX_DEPTH}`);
    }
    while (open.length > 1 && open[open.length - 1] === 0) open.pop();
    if (open.length === 1) bounds.push(offset);
    if (open.length === 1 && open[0] === 0) open.pop();
  } while (open.length > 0);
  if (offset !== view.byteLength) {
    throw undecodable(`has ${view.byteLength - offset} bytes after its end at byte ${offset}`);
  }
  return bounds;
}

function undecodable(what: string): Error {
  return malformed("MsgpackDecode", `the msgpack value ${what}`);
}

function cutOff(length: number): Error {
  return undecodable(`is cut off after ${length} bytes`);
}

/** Spec: github.com/msgpack/msgpack/blob/master/spec.md, "Formats". */
function shapeAt(view: DataView, offset: number): Shape {
  if (offset >= view.byteLength) throw cutOff(view.byteLength);
  const byte = view.getUint8(offset);
  if (byte <= 0x7f || byte >= 0xe0) return { head: 1, payload: 0, children: 0 };
  if (byte <= 0x8f) return { head: 1, payload: 0, children: (byte & 0x0f) * 2 };
  if (byte <= 0x9f) return { head: 1, payload: 0, children: byte & 0x0f };
  if (byte <= 0xbf) return { head: 1, payload: byte & 0x1f, children: 0 };
  if (byte === 0xc1) throw undecodable(`has the unused byte 0xc1 at byte ${offset}`);
  const fixed = fixedSizes[byte];
  if (fixed !== undefined) return { head: 1, payload: fixed, children: 0 };
  return sizedShape(view, offset, byte);
}

/** Bytes after the head, for heads that need no length field. */
const fixedSizes: Readonly<Record<number, number>> = {
  ...{ 0xc0: 0, 0xc2: 0, 0xc3: 0 }, // nil, false, true
  ...{ 0xca: 4, 0xcb: 8 }, // float32, float64
  ...{ 0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8 }, // uint8 to uint64
  ...{ 0xd0: 1, 0xd1: 2, 0xd2: 4, 0xd3: 8 }, // int8 to int64
  ...{ 0xd4: 2, 0xd5: 3, 0xd6: 5, 0xd7: 9, 0xd8: 17 }, // fixext, with its type
};

/** Bytes of the length field, and what it counts. */
const sized: Readonly<
  Record<number, readonly [width: 1 | 2 | 4, counts: "bytes" | "ext" | "values" | "pairs"]>
> = {
  ...{ 0xc4: [1, "bytes"], 0xc5: [2, "bytes"], 0xc6: [4, "bytes"] }, // bin
  ...{ 0xc7: [1, "ext"], 0xc8: [2, "ext"], 0xc9: [4, "ext"] },
  ...{ 0xd9: [1, "bytes"], 0xda: [2, "bytes"], 0xdb: [4, "bytes"] }, // str
  ...{ 0xdc: [2, "values"], 0xdd: [4, "values"] }, // array
  ...{ 0xde: [2, "pairs"], 0xdf: [4, "pairs"] }, // map
};

function sizedShape(view: DataView, offset: number, byte: number): Shape {
  const [width, counts] = sized[byte]!; // the tables cover every byte
  if (offset + 1 + width > view.byteLength) throw cutOff(view.byteLength);
  const at = offset + 1;
  const length =
    width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
  const head = 1 + width;
  if (counts === "bytes") return { head, payload: length, children: 0 };
  if (counts === "ext") return { head, payload: length + 1, children: 0 };
  return { head, payload: 0, children: counts === "pairs" ? length * 2 : length };
}
