// Which class answers for a plugin? The one registered under its root id.
import { PropertyPath, getProperty } from "./hostcalls/properties";
import { encodeUtf8 } from "./bytes/utf8";
import { bytesEqual } from "./bytes/text";
import { RootContext } from "./context";

type RootContextFactory = (contextId: u32) => RootContext;

class Registration {
  constructor(
    readonly rootId: ArrayBuffer,
    readonly factory: RootContextFactory,
  ) {}
}

const registrations: Registration[] = [];

/**
 * To be called at the top level of a module. A plugin gets the factory of exactly its root id, else the one registered as
 * "", else the only one there is.
 */
export function registerRootContext(rootId: string, factory: RootContextFactory): void {
  registrations.push(new Registration(encodeUtf8(rootId), factory));
}

/** For the dispatcher: a root context for the plugin that the host is about to make; null if none is registered for it. */
export function createRootContext(contextId: u32): RootContext | null {
  const rootId = getProperty(PropertyPath.of(["plugin_root_id"]));
  const factory = findFactory(rootId !== null ? rootId : new ArrayBuffer(0));
  return factory === null ? null : factory(contextId);
}

function findFactory(rootId: ArrayBuffer): RootContextFactory | null {
  let fallback: RootContextFactory | null = null;
  for (let i = 0; i < registrations.length; i++) {
    const registration = registrations[i];
    if (bytesEqual(registration.rootId, rootId)) return registration.factory;
    if (registration.rootId.byteLength == 0) fallback = registration.factory;
  }
  if (fallback !== null) return fallback;
  return registrations.length == 1 ? registrations[0].factory : null;
}
