/**
 * How do the same files become the same archive on every machine? Sorted, with one owner, one mode and one time; and gzip without
 * compression, because what a compressor makes differs between versions of Node.js.
 */
import { crc32 } from "node:zlib";

const BLOCK = 512;
/** 2020-01-01T00:00:00Z: tar warns of times near 0. */
const TIME = 1577836800;
const MODE = 0o644;
/** Length of a stored block of deflate (RFC 1951, section 3.2.4). */
const MOST_STORED = 0xffff;

/** `files`: path → bytes. POSIX ustar. */
export function tar(files) {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = sorted.flatMap(([path, bytes]) => [header(path, bytes.length), padded(bytes)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(path, size) {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path} is too long for a tar header`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value, at, length) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  block.write(path, 0);
  octal(MODE, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(TIME, 136, 12);
  block.write("        0", 148, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write("root", 265, "latin1");
  block.write("root", 297, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

const padded = (bytes) =>
  Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);

/** RFC 1952: no time, no name, operating system unknown. */
export function gzip(bytes) {
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, ...stored(bytes), tail]);
}

function stored(bytes) {
  const blocks = [];
  for (let at = 0; at === 0 || at < bytes.length; at += MOST_STORED) {
    const piece = bytes.subarray(at, at + MOST_STORED);
    const head = Buffer.alloc(5);
    head[0] = at + MOST_STORED >= bytes.length ? 1 : 0;
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(~piece.length & 0xffff, 3);
    blocks.push(head, piece);
  }
  return blocks;
}
