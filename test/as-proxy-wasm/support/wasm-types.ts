/** Which functions does a wasm file import and export, with which types? Node tells only their names. */

const LETTERS: Readonly<Record<number, string>> = {
  0x7f: "i32",
  0x7e: "i64",
  0x7d: "f32",
  0x7c: "f64",
};

export interface WasmFunctions {
  /** `module.name` → type, such as `(i32 i64) i32`. */
  readonly imports: ReadonlyMap<string, string>;
  readonly exports: ReadonlyMap<string, string>;
}

export function functionsOf(wasm: Uint8Array): WasmFunctions {
  const reader = new Reader(wasm);
  reader.at = 8;
  const types: string[] = [];
  const functions: string[] = [];
  const imports = new Map<string, string>();
  const exports = new Map<string, string>();
  while (reader.at < wasm.length) {
    const section = reader.byte();
    const end = reader.number() + reader.at;
    if (section === 1) reader.list(() => types.push(reader.type()));
    if (section === 2) reader.list(() => readImport(reader, types, functions, imports));
    if (section === 3) reader.list(() => functions.push(types[reader.number()]!));
    if (section === 7) reader.list(() => readExport(reader, functions, exports));
    reader.at = end;
  }
  return { imports, exports };
}

function readImport(
  reader: Reader,
  types: readonly string[],
  functions: string[],
  imports: Map<string, string>,
): void {
  const name = `${reader.name()}.${reader.name()}`;
  if (reader.byte() !== 0) throw new Error(`${name} is imported and is no function`);
  const type = types[reader.number()]!;
  functions.push(type);
  imports.set(name, type);
}

function readExport(
  reader: Reader,
  functions: readonly string[],
  exports: Map<string, string>,
): void {
  const name = reader.name();
  const kind = reader.byte();
  const index = reader.number();
  if (kind === 0) exports.set(name, functions[index]!);
}

class Reader {
  at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  /** An unsigned LEB128 number. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  name(): string {
    const size = this.number();
    this.at += size;
    return Buffer.from(this.bytes.subarray(this.at - size, this.at)).toString("utf8");
  }

  type(): string {
    if (this.byte() !== 0x60) throw new Error("a type is no function type");
    const parameters = this.list(() => LETTERS[this.byte()]!);
    const results = this.list(() => LETTERS[this.byte()]!);
    return `(${parameters.join(" ")}) ${results.join(" ")}`.trim();
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.number() }, item);
  }
}
