/**
 * Which version is a compiled module? A transform of the AssemblyScript compiler (`"transform": ["as-proxy-wasm/carry-version.mjs"]`): the
 * VERSION of the filter's assembly/version.ts becomes the custom section `policy-version` (WebAssembly 1.0, section 5.5.3), which tools
 * can read without running the module.
 */
export default class CarryVersion {
  #version;

  afterParse(parser) {
    const source = parser.sources.find(({ internalPath }) => internalPath === "assembly/version");
    const declared = source?.statements.flatMap(({ declarations }) => declarations ?? []);
    this.#version = declared?.find(({ name }) => name.text === "VERSION")?.initializer.value;
    if (typeof this.#version !== "string") {
      throw new Error("carry-version.mjs does not find VERSION in assembly/version.ts");
    }
  }

  afterCompile(module) {
    module.addCustomSection("policy-version", new TextEncoder().encode(this.#version));
  }
}
