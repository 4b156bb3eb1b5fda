// Which context is a callback for? Contexts are kept by id from creation to deletion; a callback for an id that is not
// known is answered so that traffic goes on.
import { HttpContext, RootContext } from "./context";
import { createRootContext } from "./registry";

const roots = new Map<u32, RootContext>();
const streams = new Map<u32, HttpContext>();

export function createContext(contextId: u32, parentId: u32): void {
  if (parentId == 0) {
    const root = createRootContext(contextId);
    if (root !== null) roots.set(contextId, root);
    return;
  }
  const parent = findRoot(parentId);
  const stream = parent !== null ? parent.createHttpContext(contextId) : null;
  if (stream !== null) streams.set(contextId, stream);
}

export function deleteContext(contextId: u32): void {
  const stream = findStream(contextId);
  if (stream !== null) {
    streams.delete(contextId);
    stream.onDelete();
    stream.markGone();
    return;
  }
  const root = findRoot(contextId);
  if (root === null) return;
  roots.delete(contextId);
  root.onDelete();
}

export function findRoot(contextId: u32): RootContext | null {
  return roots.has(contextId) ? roots.get(contextId) : null;
}

export function findStream(contextId: u32): HttpContext | null {
  return streams.has(contextId) ? streams.get(contextId) : null;
}
