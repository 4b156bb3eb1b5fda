/** How does a trap read in the log? As Envoy's: `Function: NAME failed: Uncaught RuntimeError: REASON` and a backtrace. */
import { SimulatorError } from "./errors.ts";

const frame = /at (?:(.*) \()?wasm:\/\/[^:]*:?[^:]*wasm-function\[(\d+)\]:0x([0-9a-f]+)\)?/;

/** A restricted hostcall was made. */
export class GuestTrap extends Error {}

/** `named`: the module has names, without which Envoy writes no backtrace. */
export function trapMessage(callback: string, error: unknown, named: boolean): string {
  const head = `Function: ${callback} failed: `;
  if (error instanceof SimulatorError) return head + error.message;
  if (error instanceof GuestTrap) return head + `Uncaught Error: ${error.message}`;
  // RangeError: the guest used up the stack. Anything else was thrown by the host itself: a bug of ours, not a trap.
  if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
  return `${head}Uncaught ${error.name}: ${error.message}${named ? backtrace(error.stack ?? "") : ""}`;
}

function backtrace(stack: string): string {
  const frames = stack.split("\n").map((line) => frame.exec(line));
  const lines = frames
    .filter((each) => each !== null)
    .map(([, name, index, offset], i) => {
      // V8 puts the name of the module before that of the function; Envoy does not.
      const what = name?.replace(/^[\w-]+\.wasm\./, "") ?? `unknown(function index:${index})`;
      return `\n${String(i).padStart(3)}:  0x${offset} - ${what}`;
    });
  return lines.length === 0 ? "" : `\nProxy-Wasm plugin in-VM backtrace:${lines.join("")}`;
}
