/**
 * How small can a module's constants be? A transform of the AssemblyScript compiler (in asconfig.json:
 * `"transform": ["as-proxy-wasm/pack-static-data.mjs"]`). AssemblyScript keeps strings as UTF-16, each behind an object header of
 * 20 bytes, in a segment each; here all of it becomes one packed segment, which the start function unpacks to the same places.
 */
import { MATCH_FLAG, packUnits, WIDE_UNIT } from "./pack-units.mjs";

const PAGE_BYTES = 65536;
const MEMORY = "0";
const SEGMENT = "packed";
// Locals of the unpacking function.
const FROM = 0;
const TO = 1;
const TOKEN = 2;
const COUNT = 3;
const COPIED = 4;

export default class PackStaticData {
  /** `module`: binaryen's view of what was compiled, before it is optimised. */
  afterCompile(module) {
    this.#optimizeForSize(module);
    const { offset, image } = staticData(module);
    if (image.length === 0) return;
    const packed = packUnits(new Uint16Array(image.buffer));
    const { initial, max } = module.getMemoryInfo(MEMORY);
    // Unpacked from the end of the first pages: they are there, and the heap behind the static data is not yet in use.
    const pages = Math.max(
      initial,
      Math.ceil((offset + image.length + packed.length) / PAGE_BYTES),
    );
    const scratch = pages * PAGE_BYTES - packed.length;
    const segment = { name: SEGMENT, passive: true, offset: 0, data: packed };
    module.setMemory(pages, max ?? -1, null, [segment], false, false, MEMORY);
    const { name: start } = this.binaryen.getFunctionInfo(module.getStart());
    module.setStart(this.#unpacker(module, { offset, scratch, length: packed.length, start }));
    this.#optimize(module);
  }

  /** The compiler optimises after this too, but puts no function in the place of its only call; that makes a module smaller. */
  #optimize(module) {
    const { binaryen } = this;
    binaryen.setOptimizeLevel(2);
    binaryen.setShrinkLevel(2);
    module.optimize();
  }

  /** Before the compiler does so by its own rules: what both have gone over is 1 % smaller. */
  #optimizeForSize(module) {
    this.binaryen.setOptimizeLevel(2);
    this.binaryen.setShrinkLevel(2);
    module.optimize();
  }

  #unpacker(m, { offset, scratch, length, start }) {
    const { none, i32 } = this.binaryen;
    const number = (value) => m.i32.const(value);
    const body = m.block(null, [
      m.memory.init(SEGMENT, number(scratch), number(0), number(length), MEMORY),
      m.data.drop(SEGMENT),
      m.local.set(FROM, number(scratch)),
      m.local.set(TO, number(offset)),
      m.loop(
        "next",
        m.block(null, [
          m.local.set(TOKEN, nextByte(m, i32)),
          this.#token(m),
          m.br("next", m.i32.lt_u(m.local.get(FROM, i32), number(scratch + length))),
        ]),
      ),
      // As the runtime expects of memory that it has not used.
      m.memory.fill(number(scratch), number(0), number(length), MEMORY),
      m.call(start, [], none),
    ]);
    return m.addFunction("~unpack", none, none, [i32, i32, i32, i32, i32], body);
  }

  #token(m) {
    const { i32 } = this.binaryen;
    const token = () => m.local.get(TOKEN, i32);
    return m.if(
      m.i32.lt_u(token(), m.i32.const(MATCH_FLAG)),
      write(m, i32, token()),
      m.if(
        m.i32.eq(token(), m.i32.const(WIDE_UNIT)),
        m.block(null, [
          write(m, i32, m.i32.load16_u(0, 1, m.local.get(FROM, i32), MEMORY)),
          add(m, i32, FROM, 2),
        ]),
        this.#match(m),
      ),
    );
  }

  /** 1 count-2 (3 bits) distance-1 (4 + 8 bits): repeats `count` units from `distance` units before. */
  #match(m) {
    const { i32 } = this.binaryen;
    const token = () => m.local.get(TOKEN, i32);
    const bits = (shift, mask) =>
      m.i32.and(m.i32.shr_u(token(), m.i32.const(shift)), m.i32.const(mask));
    const distance = m.i32.or(m.i32.shl(bits(0, 15), m.i32.const(8)), nextByte(m, i32));
    const bytes = m.i32.shl(m.i32.add(distance, m.i32.const(1)), m.i32.const(1));
    return m.block(null, [
      m.local.set(COUNT, m.i32.add(bits(4, 7), m.i32.const(2))),
      m.local.set(COPIED, m.i32.sub(m.local.get(TO, i32), bytes)),
      m.loop(
        "copy",
        m.block(null, [
          write(m, i32, m.i32.load16_u(0, 1, m.local.get(COPIED, i32), MEMORY)),
          add(m, i32, COPIED, 2),
          m.br("copy", m.local.tee(COUNT, m.i32.sub(m.local.get(COUNT, i32), m.i32.const(1)), i32)),
        ]),
      ),
    ]);
  }
}

/** All that the module puts into memory, as one image of whole units, from the first that is not zero anyway. */
function staticData(module) {
  const segments = [];
  for (let i = 0; i < module.getNumDataSegments(); i++) {
    segments.push(module.getDataSegmentInfo(module.getDataSegmentByIndex(i)));
  }
  const end = Math.max(0, ...segments.map((segment) => segment.offset + segment.data.byteLength));
  const image = new Uint8Array((end + 1) & ~1);
  for (const { offset, data } of segments) image.set(new Uint8Array(data), offset);
  const first = image.findIndex((byte) => byte !== 0);
  const offset = first < 0 ? image.length : first & ~1;
  return { offset, image: image.slice(offset) };
}

function add(m, type, local, value) {
  return m.local.set(local, m.i32.add(m.local.get(local, type), m.i32.const(value)));
}

function write(m, type, value) {
  return m.block(null, [
    m.i32.store16(0, 2, m.local.get(TO, type), value, MEMORY),
    add(m, type, TO, 2),
  ]);
}

/** The byte at FROM, which is one further afterwards. */
function nextByte(m, type) {
  const from = m.local.tee(FROM, m.i32.add(m.local.get(FROM, type), m.i32.const(1)), type);
  return m.i32.load8_u(0, 1, m.i32.sub(from, m.i32.const(1)), MEMORY);
}
