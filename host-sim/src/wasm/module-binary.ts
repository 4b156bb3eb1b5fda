/**
 * Which functions, of which types, does a module import and export? `WebAssembly.Module.imports()` tells no types, and a
 * JavaScript function accepts any arguments; Envoy compares both, so the binary is read here.
 */

/** Types as letters: i = i32, I = i64, f = f32, F = f64, ? = another. `"ii>i"`: two i32, one i32 back. */
export interface ModuleFunctions {
  readonly imports: ReadonlyMap<string, string>; // "env.proxy_log"
  readonly exports: ReadonlyMap<string, string>;
}

const letters: Record<number, string> = { 0x7f: "i", 0x7e: "I", 0x7d: "f", 0x7c: "F" };

class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  u32(): number {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return result;
    }
  }

  name(): string {
    const size = this.u32();
    this.at += size;
    return Buffer.from(this.bytes.subarray(this.at - size, this.at)).toString("utf8");
  }

  limits(): void {
    const flags = this.byte();
    this.u32();
    if (flags & 1) this.u32();
  }

  types(): string {
    let text = "";
    for (let count = this.u32(); count > 0; count--) text += letters[this.byte()] ?? "?";
    return text;
  }
}

interface Sections {
  readonly types: string[];
  readonly functions: string[]; // type of each function, imported ones first
  readonly imports: Map<string, string>;
  readonly exports: Map<string, string>;
}

const readers: Record<number, (reader: Reader, into: Sections) => void> = {
  1: readTypes,
  2: readImports,
  3: readFunctions,
  7: readExports,
};

/** Of a valid module only; `null` if its types are of a kind that has no letters here (GC proposals). */
export function readModuleFunctions(bytes: Uint8Array): ModuleFunctions | null {
  const sections: Sections = { types: [], functions: [], imports: new Map(), exports: new Map() };
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const size = reader.u32();
    const end = reader.at + size;
    readers[id]?.(reader, sections);
    reader.at = end;
  }
  return sections.types.includes("") ? null : sections;
}

function readTypes(reader: Reader, { types }: Sections): void {
  for (let count = reader.u32(); count > 0; count--) {
    if (reader.byte() !== 0x60) {
      types.push("");
      return;
    }
    types.push(`${reader.types()}>${reader.types()}`);
  }
}

function readImports(reader: Reader, { types, functions, imports }: Sections): void {
  for (let count = reader.u32(); count > 0; count--) {
    const name = `${reader.name()}.${reader.name()}`;
    const kind = reader.byte();
    if (kind === 0) {
      const type = types[reader.u32()] ?? "";
      functions.push(type);
      imports.set(name, type);
    } else if (kind === 1) {
      reader.byte();
      reader.limits();
    } else if (kind === 2) {
      reader.limits();
    } else {
      reader.at += 2; // global: type and mutability; tag: attribute and type
    }
  }
}

function readFunctions(reader: Reader, { types, functions }: Sections): void {
  for (let count = reader.u32(); count > 0; count--) functions.push(types[reader.u32()] ?? "");
}

function readExports(reader: Reader, { functions, exports }: Sections): void {
  for (let count = reader.u32(); count > 0; count--) {
    const name = reader.name();
    const kind = reader.byte();
    const index = reader.u32();
    if (kind === 0) exports.set(name, functions[index] ?? "");
  }
}
