// Which context is a callback for? Contexts are kept by id from creation to deletion; a callback for an id that is not
// known is answered so that traffic goes on.
import { noteStreams } from "./abi/quiet-collection";
import { Context, HttpContext, RootContext } from "./context";
import { IdTable } from "./id-table";
import { createRootContext } from "./registry";

const roots = new IdTable();
const streams = new IdTable();

export function createContext(contextId: u32, parentId: u32): void {
  if (parentId == 0) {
    const root = createRootContext(contextId);
    if (root !== null) roots.add(contextId, root);
    return;
  }
  const parent = findRoot(parentId);
  const stream = parent !== null ? parent.createHttpContext(contextId) : null;
  if (stream !== null) streams.add(contextId, stream);
  noteStreams(streams.count);
}

export function deleteContext(contextId: u32): void {
  const context = findContext(contextId);
  if (context === null) return;
  streams.take(contextId);
  noteStreams(streams.count);
  roots.take(contextId);
  context.markGone();
  context.onDelete();
}

export function findContext(contextId: u32): Context | null {
  const stream = streams.find(contextId);
  return changetype<Context | null>(stream !== null ? stream : roots.find(contextId));
}

/** Tables hold one class each: the cast needs no check at run time. */
export function findRoot(contextId: u32): RootContext | null {
  return changetype<RootContext | null>(roots.find(contextId));
}

export function findStream(contextId: u32): HttpContext | null {
  return changetype<HttpContext | null>(streams.find(contextId));
}
