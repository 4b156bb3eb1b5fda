// Which class answers for a plugin? The one registered under its root id.
import { LogLevel } from "./abi/types";
import { bytesEqual, concatBytes } from "./bytes/text";
import { encodeUtf8 } from "./bytes/utf8";
import { RootContext } from "./context";
import { logBytes } from "./hostcalls/logging";
import { getPropertyByBytes } from "./hostcalls/properties";

type RootContextFactory = (contextId: u32) => RootContext;

class Registration {
  constructor(
    readonly rootId: ArrayBuffer,
    readonly factory: RootContextFactory,
    readonly next: Registration | null,
  ) {}
}

let newest: Registration | null = null;

/**
 * To be called at the top level of a module. A plugin gets the factory of exactly its root id, else the one registered as
 * "", else the only one there is. Of two for the same root id the later one counts.
 */
export function registerRootContext(rootId: string, factory: RootContextFactory): void {
  newest = new Registration(encodeUtf8(rootId), factory, newest);
}

/** For the dispatcher: a root context for the plugin that the host is about to make; null if none is registered for it. */
export function createRootContext(contextId: u32): RootContext | null {
  const told = getPropertyByBytes(encodeUtf8("plugin_root_id"));
  const rootId = told !== null ? told : new ArrayBuffer(0);
  const registration = findRegistration(rootId);
  if (registration !== null) return registration.factory(contextId);
  const complaint = encodeUtf8("no root context is registered for root id: ");
  logBytes(LogLevel.Error, concatBytes(complaint, rootId));
  return null;
}

function findRegistration(rootId: ArrayBuffer): Registration | null {
  let fallback: Registration | null = null;
  let one = newest;
  while (one !== null) {
    if (bytesEqual(one.rootId, rootId)) return one;
    if (fallback === null && one.rootId.byteLength == 0) fallback = one;
    one = one.next;
  }
  if (fallback !== null) return fallback;
  const only = newest;
  return only !== null && only.next === null ? only : null;
}
