// How does a module call a function that only its host has? ABI section "Foreign function interface".
import { proxy_call_foreign_function } from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  expectResult,
  takeResult,
} from "../abi/memory";
import { encodeUtf8 } from "../bytes/utf8";

/** The function's result, empty if it has none. Null on failure: NotFound if the host has no such function. */
export function callForeignFunction(name: string, args: ArrayBuffer | null): ArrayBuffer | null {
  const nameBytes = encodeUtf8(name);
  expectResult();
  return takeResult(
    proxy_call_foreign_function(
      addressOf(nameBytes),
      sizeOf(nameBytes),
      addressOf(args),
      sizeOf(args),
      RETURN_DATA,
      RETURN_SIZE,
    ),
  );
}
