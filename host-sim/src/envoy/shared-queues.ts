/** Which messages wait for which VM? */
import { Status } from "../wasm/abi.ts";
import { failed, ok, type Result } from "../wasm/host-context.ts";

interface Queue {
  readonly messages: Uint8Array[];
  /** Tells the root context that registered last. */
  onReady: (token: number) => void;
}

export class SharedQueues {
  private readonly tokens = new Map<string, number>();
  private readonly queues = new Map<number, Queue>();

  register(vmId: string, name: string, onReady: (token: number) => void): number {
    const key = `${vmId}\0${name}`;
    const token = this.tokens.get(key) ?? this.tokens.size + 1;
    this.tokens.set(key, token);
    const queue = this.queues.get(token);
    // Messages that wait already are kept.
    if (queue === undefined) this.queues.set(token, { messages: [], onReady });
    else queue.onReady = onReady;
    return token;
  }

  resolve(vmId: string, name: string): Result<number> {
    const token = this.tokens.get(`${vmId}\0${name}`);
    return token === undefined ? failed(Status.NotFound) : ok(token);
  }

  dequeue(token: number): Result<Uint8Array> {
    const queue = this.queues.get(token);
    if (queue === undefined) return failed(Status.NotFound);
    const message = queue.messages.shift();
    return message === undefined ? failed(Status.Empty) : ok(message);
  }

  enqueue(token: number, message: Uint8Array): Status {
    const queue = this.queues.get(token);
    if (queue === undefined) return Status.NotFound;
    queue.messages.push(message);
    // Envoy posts to the thread of the VM: never within the call that enqueues.
    setImmediate(() => queue.onReady(token));
    return Status.Ok;
  }
}
