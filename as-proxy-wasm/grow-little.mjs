/**
 * By how much does memory grow when small objects need more? AssemblyScript's allocator (TLSF) doubles all of it, bodies that are
 * held in pages of their own included (assembly/abi/pages.ts), and never gives back what it got. With this transform of the compiler
 * (`"transform": ["as-proxy-wasm/grow-little.mjs"]`) it takes what is needed, and 16 pages at least.
 */
export default class GrowLittle {
  afterParse(parser) {
    const grow = functionOf(parser, "~lib/rt/tlsf", "growMemory");
    // let pagesNeeded = <i32>(((size + 0xffff) & ~0xffff) >>> 16);
    const sixteen = initialValue(grow, "pagesNeeded")?.expression?.expression?.right;
    // let pagesWanted = max(pagesBefore, pagesNeeded);
    const { args } = initialValue(grow, "pagesWanted") ?? {};
    if (sixteen === undefined || args?.[0]?.text !== "pagesBefore") {
      throw new Error("grow-little.mjs does not know how this version of AssemblyScript grows");
    }
    args[0] = sixteen;
  }
}

function functionOf(parser, path, name) {
  const source = parser.sources.find(({ internalPath }) => internalPath === path);
  return source?.statements.find((statement) => statement.name?.text === name);
}

/** Of a variable in the function. */
function initialValue(declared, name) {
  const all = declared?.body.statements.flatMap(({ declarations }) => declarations ?? []) ?? [];
  return all.find((declaration) => declaration.name.text === name)?.initializer;
}
