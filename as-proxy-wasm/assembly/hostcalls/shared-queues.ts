// How do VMs send messages to one another? ABI section "Shared Queues".
import {
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_register_shared_queue,
  proxy_resolve_shared_queue,
} from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  RETURN_VALUE,
  expectResult,
  takeResult,
} from "../abi/memory";
import { idOrFailure, seen } from "../abi/status";
import { Status } from "../abi/types";
import { encodeUtf8 } from "../bytes/utf8";

/** Opens a queue of this VM, made if need be; `onQueueReady` tells of items. Gives its id, or minus the `Status`. */
export function registerSharedQueue(name: string): i64 {
  const nameBytes = encodeUtf8(name);
  expectResult();
  const status = proxy_register_shared_queue(addressOf(nameBytes), sizeOf(nameBytes), RETURN_VALUE);
  return idOrFailure(seen(status), load<u32>(RETURN_VALUE));
}

/** Finds a queue that some VM has registered. Gives its id, or minus the `Status`. */
export function resolveSharedQueue(vmId: string, name: string): i64 {
  const vmIdBytes = encodeUtf8(vmId);
  const nameBytes = encodeUtf8(name);
  expectResult();
  const status = proxy_resolve_shared_queue(
    addressOf(vmIdBytes),
    sizeOf(vmIdBytes),
    addressOf(nameBytes),
    sizeOf(nameBytes),
    RETURN_VALUE,
  );
  return idOrFailure(seen(status), load<u32>(RETURN_VALUE));
}

export function enqueueSharedQueue(queueId: u32, value: ArrayBuffer): Status {
  const size = sizeOf(value);
  return <Status>seen(proxy_enqueue_shared_queue(queueId, addressOf(value), size));
}

/** Null if the queue is empty (`lastStatus` Empty) or unknown. */
export function dequeueSharedQueue(queueId: u32): ArrayBuffer | null {
  expectResult();
  return takeResult(proxy_dequeue_shared_queue(queueId, RETURN_DATA, RETURN_SIZE));
}
