/** Which errors can the simulator raise? A closed list of codes: the user's mistakes apart from what we do not have yet. */

export const errorCodes = {
  /** The file of the module, or of a configuration, can't be read. */
  unreadable: "unreadable",
  /** The bytes are not a WebAssembly module. */
  notWasm: "not-wasm",
  /** A WebAssembly module, but it exports no `proxy_abi_version_*` that Envoy knows. */
  notProxyWasm: "not-proxy-wasm",
  /** The module imports something that no proxy-wasm host of its ABI version has. */
  unknownImport: "unknown-import",
  /** The module imports a hostcall with parameters or results that it does not have. */
  importMismatch: "import-mismatch",
  /** The module exports a callback with parameters or results that it must not have. */
  exportMismatch: "export-mismatch",
  /** The module has no memory, or no allocator (`proxy_on_memory_allocate` or `malloc`). */
  missingExport: "missing-export",
  /** `_initialize`, `_start` or `main` trapped. */
  startFailed: "start-failed",
  /** `proxy_on_vm_start` answered false, or trapped. */
  vmStartRefused: "vm-start-refused",
  /** `proxy_on_configure` answered false, or trapped. */
  configurationRefused: "configuration-refused",
  /** The filter asked for something that this simulator does not have yet. */
  notImplemented: "not-implemented",
  /** An option of the simulator has a value that it can't have. */
  badOption: "bad-option",
  /** Nothing happened for as long as a test may wait (`deadlineMs`). */
  deadline: "deadline",
  /** The filter did what kills Envoy's process. */
  hostCrash: "host-crash",
  /** The gateway was closed. */
  closed: "closed",
} as const;

export type ErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

export class SimulatorError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = "SimulatorError";
    this.code = code;
  }
}
