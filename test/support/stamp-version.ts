/** How does a test, or the demo, get a policy of another version without compiling it? Its custom section is written anew. */

const NAME = Buffer.from("policy-version");
const CUSTOM = 0;
const HEAD_BYTES = 8;

/** The module with `version` in the section that the publishing tool reads. */
export function stampVersion(wasm: Uint8Array, version: string): Buffer {
  const kept = sectionsOf(Buffer.from(wasm)).filter(({ id, content }) => {
    return id !== CUSTOM || !content.subarray(1).subarray(0, NAME.length).equals(NAME);
  });
  const content = Buffer.concat([Buffer.from([NAME.length]), NAME, Buffer.from(version)]);
  const stamp = Buffer.concat([Buffer.from([CUSTOM, content.length]), content]);
  return Buffer.concat([wasm.subarray(0, HEAD_BYTES), ...kept.map(({ bytes }) => bytes), stamp]);
}

function sectionsOf(wasm: Buffer): { id: number; bytes: Buffer; content: Buffer }[] {
  const sections = [];
  for (let at = HEAD_BYTES; at < wasm.length;) {
    const start = at;
    const id = wasm[at++]!;
    let size = 0;
    // LEB128: seven bits a byte, the lowest first.
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const content = wasm.subarray(at, at + size);
    at += size;
    sections.push({ id, content, bytes: wasm.subarray(start, at) });
  }
  return sections;
}
