/** Which data do all VMs of one vm_id share? */
import { Status } from "../wasm/abi.ts";
import { failed, ok, type Result } from "../wasm/host-context.ts";

interface Entry {
  readonly data: Uint8Array;
  readonly cas: number;
}

export class SharedData {
  private readonly spaces = new Map<string, Map<string, Entry>>();
  private lastCas = 0;

  get(vmId: string, key: string): Result<Entry> {
    const entry = this.spaces.get(vmId)?.get(key);
    return entry === undefined ? failed(Status.NotFound) : ok(entry);
  }

  /** A cas of 0 sets in any case; so does any cas where the key does not exist yet. */
  set(vmId: string, key: string, data: Uint8Array, cas: number): Status {
    let space = this.spaces.get(vmId);
    if (space === undefined) this.spaces.set(vmId, (space = new Map<string, Entry>()));
    const found = space.get(key);
    if (found !== undefined && cas !== 0 && cas !== found.cas) return Status.CasMismatch;
    space.set(key, { data, cas: this.nextCas() });
    return Status.Ok;
  }

  private nextCas(): number {
    this.lastCas = this.lastCas === 0xffffffff ? 1 : this.lastCas + 1;
    return this.lastCas;
  }
}
