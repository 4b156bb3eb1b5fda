/** Which foreign functions does Envoy have, and which of them do we? Those that are not there yet are refused by name. */
import { deflateSync, inflateSync } from "node:zlib";
import { Status } from "../wasm/abi.ts";
import { errorCodes, SimulatorError } from "../wasm/errors.ts";

export interface ForeignResult {
  readonly status: Status;
  readonly result: Uint8Array | null;
}

export type ForeignFunction = (args: Uint8Array) => ForeignResult;

const notYet = ["sign", "verify_signature", "expr_create", "expr_evaluate", "expr_delete", "declare_property", "set_envoy_filter_state"]; // prettier-ignore

function transform(convert: (bytes: Uint8Array) => Uint8Array): ForeignFunction {
  return (args) => {
    try {
      return { status: Status.Ok, result: convert(args) };
    } catch {
      return { status: Status.SerializationFailure, result: null };
    }
  };
}

function refuse(name: string): ForeignFunction {
  return () => {
    throw new SimulatorError(
      errorCodes.notImplemented,
      `host-sim does not have Envoy's foreign function ${name} yet`,
    );
  };
}

export const envoyForeignFunctions: ReadonlyMap<string, ForeignFunction> = new Map([
  ["compress", transform((bytes) => deflateSync(bytes))],
  ["uncompress", transform((bytes) => inflateSync(bytes))],
  ["clear_route_cache", () => ({ status: Status.Ok, result: null })],
  ...notYet.map((name): [string, ForeignFunction] => [name, refuse(name)]),
]);
