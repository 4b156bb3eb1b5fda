/**
 * How is a module made to count its own work? Every run of instructions adds its length to a global when it begins; so do the
 * bytes that memory.copy and memory.fill move, and the bytes asked of the allocator. The same input gives the same counts on
 * every machine. (gas metering of blockchains works so.)
 */
import {
  endsRun,
  joined,
  moduleOf,
  Reader,
  SectionId,
  sectionsOf,
  signed,
  skipInstruction,
  unsigned,
} from "./wasm-binary.ts";
import type { Section } from "./wasm-binary.ts";

/** Exported globals, in this order behind those of the module. */
export const COUNTERS = ["work:instructions", "work:moved", "work:allocated"] as const;
const [INSTRUCTIONS, MOVED, ALLOCATED] = [0, 1, 2];
/** Its first parameter is the size. */
const ALLOCATOR = "~lib/as-proxy-wasm/assembly/abi/small-blocks/allocate";

const I32 = 0x7f;
const I64 = 0x7e;
const MUTABLE = 1;
const END = 0x0b;
const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
const GLOBAL_GET = 0x23;
const GLOBAL_SET = 0x24;
const I64_CONST = 0x42;
const I64_ADD = 0x7c;
const I64_EXTEND_I32_U = 0xad;
const EXPORT_GLOBAL = 3;

export interface Instrumented {
  readonly wasm: Uint8Array;
  /** Names of functions, by number, with the exported global that counts the instructions of each. */
  readonly functions: ReadonlyMap<string, string>;
}

/** `named`: a module with a name section. `perFunction`: also counts the instructions of each function by itself. */
export function instrument(named: Uint8Array, perFunction = false): Instrumented {
  const sections = sectionsOf(named);
  const layout = readLayout(sections);
  const names = functionNames(sections);
  const allocator = [...names].find(([, name]) => name === ALLOCATOR)?.[0];
  if (allocator === undefined) throw new Error(`the module has no function named ${ALLOCATOR}`);
  const functionCount = layout.parameters.length;
  const globals: string[] = [...COUNTERS];
  if (perFunction) for (let i = 0; i < functionCount; i++) globals.push(`work:f${i}`);
  const change = (section: Section): Uint8Array => {
    if (section.id === SectionId.Global) return withGlobals(section.bytes, globals.length);
    if (section.id === SectionId.Export) {
      return withExports(section.bytes, globals, layout.globals);
    }
    if (section.id === SectionId.Code) {
      return counted(section.bytes, layout, allocator, perFunction);
    }
    return section.bytes;
  };
  const changed = sections.map((section) => ({ id: section.id, bytes: change(section) }));
  const functions = new Map(
    perFunction
      ? layout.parameters.map((_, i) => [
          `${names.get(layout.imported + i) ?? "?"} #${i}`,
          `work:f${i}`,
        ])
      : [],
  );
  return { wasm: moduleOf(named, changed), functions };
}

interface Layout {
  /** Imported functions: they come first in the numbering. */
  readonly imported: number;
  readonly globals: number;
  /** Number of parameters of each function defined here. */
  readonly parameters: readonly number[];
}

function readLayout(sections: readonly Section[]): Layout {
  const reader = (id: number): Reader => new Reader(sections.find((one) => one.id === id)!.bytes);
  const types = reader(SectionId.Type);
  const parameterCounts = Array.from({ length: types.unsigned() }, () => {
    types.byte();
    const parameters = types.unsigned();
    types.take(parameters);
    types.take(types.unsigned());
    return parameters;
  });
  const imports = reader(SectionId.Import);
  const imported = imports.unsigned();
  for (let i = 0; i < imported; i++) {
    imports.name();
    imports.name();
    if (imports.byte() !== 0) throw new Error("only functions may be imported");
    imports.unsigned();
  }
  const functions = reader(SectionId.Function);
  const parameters = Array.from(
    { length: functions.unsigned() },
    () => parameterCounts[functions.unsigned()]!,
  );
  return { imported, globals: reader(SectionId.Global).unsigned(), parameters };
}

function functionNames(sections: readonly Section[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { bytes } of sections.filter((one) => one.id === SectionId.Custom)) {
    const reader = new Reader(bytes);
    if (reader.name() !== "name") continue;
    while (!reader.ended) {
      const kind = reader.byte();
      const inner = new Reader(reader.take(reader.unsigned()));
      if (kind !== 1) continue;
      for (let left = inner.unsigned(); left > 0; left--) names.set(inner.unsigned(), inner.name());
    }
  }
  return names;
}

function withGlobals(bytes: Uint8Array, extra: number): Uint8Array {
  const reader = new Reader(bytes);
  const count = reader.unsigned();
  const zeros = Array.from({ length: extra }, () => [I64, MUTABLE, I64_CONST, 0, END]);
  return joined([unsigned(count + extra), bytes.subarray(reader.at), ...zeros]);
}

function withExports(bytes: Uint8Array, names: readonly string[], firstGlobal: number): Uint8Array {
  const reader = new Reader(bytes);
  const count = reader.unsigned();
  const entries = names.map((name, i) => [
    ...[name.length, ...Buffer.from(name)],
    ...[EXPORT_GLOBAL, ...unsigned(firstGlobal + i)],
  ]);
  return joined([unsigned(count + names.length), bytes.subarray(reader.at), ...entries]);
}

function counted(
  bytes: Uint8Array,
  layout: Layout,
  allocator: number,
  perFunction: boolean,
): Uint8Array {
  const reader = new Reader(bytes);
  const count = reader.unsigned();
  const bodies: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const body = reader.take(reader.unsigned());
    const first = layout.globals;
    const sum = perFunction ? [first + INSTRUCTIONS, first + COUNTERS.length + i] : [first];
    const isAllocator = layout.imported + i === allocator;
    const begin = isAllocator ? addLocal(layout.globals + ALLOCATED, 0) : [];
    const changed = countedBody(body, layout.parameters[i]!, sum, first + MOVED, begin);
    bodies.push(joined([unsigned(changed.length), changed]));
  }
  return joined([unsigned(count), ...bodies]);
}

/** `sums`: globals that count instructions. `begin`: what the function does first. */
function countedBody(
  body: Uint8Array,
  parameters: number,
  sums: readonly number[],
  moved: number,
  begin: readonly number[],
): Uint8Array {
  const reader = new Reader(body);
  const groups = reader.unsigned();
  const groupsStart = reader.at;
  let locals = parameters;
  for (let i = 0; i < groups; i++) {
    locals += reader.unsigned();
    reader.byte();
  }
  const declared = body.subarray(groupsStart, reader.at);
  const parts: (Uint8Array | readonly number[])[] = [
    // One local more: the size of what is moved.
    joined([unsigned(groups + 1), declared, [1, I32]]),
    begin,
  ];
  while (!reader.ended) {
    const { run, length } = takeRun(reader, locals, moved);
    for (const sum of sums) parts.push(addConstant(sum, length));
    parts.push(...run);
  }
  return joined(parts);
}

function takeRun(
  reader: Reader,
  local: number,
  moved: number,
): { run: (Uint8Array | readonly number[])[]; length: number } {
  const run: (Uint8Array | readonly number[])[] = [];
  for (let length = 1; ; length++) {
    const start = reader.at;
    const { opcode, moves } = skipInstruction(reader);
    if (moves)
      run.push([LOCAL_SET, ...unsigned(local)], addLocal(moved, local), [
        LOCAL_GET,
        ...unsigned(local),
      ]);
    run.push(reader.bytes.subarray(start, reader.at));
    if (endsRun(opcode) || reader.ended) return { run, length };
  }
}

const addConstant = (global: number, value: number): number[] => [
  ...[GLOBAL_GET, ...unsigned(global), I64_CONST, ...signed(value)],
  ...[I64_ADD, GLOBAL_SET, ...unsigned(global)],
];

const addLocal = (global: number, local: number): number[] => [
  ...[GLOBAL_GET, ...unsigned(global), LOCAL_GET, ...unsigned(local), I64_EXTEND_I32_U],
  ...[I64_ADD, GLOBAL_SET, ...unsigned(global)],
];
