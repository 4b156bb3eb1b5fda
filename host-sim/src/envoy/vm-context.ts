/** Which context do calls belong to that are of no plugin and no stream: start of the VM, and allocation? */
import { BufferType } from "../wasm/abi.ts";
import type { HostBuffer } from "../wasm/host-context.ts";
import type { AttributeScope } from "./attributes/scope.ts";
import { BaseContext } from "./base-context.ts";
import { noStream } from "./attributes/scope.ts";

export class VmContext extends BaseContext {
  readonly id = 0;
  readonly root = this;

  override getBuffer(type: number): HostBuffer | null {
    return type === BufferType.VmConfiguration ? super.getBuffer(type) : null;
  }

  protected get logPrefix(): string {
    return "";
  }

  protected get attributeScope(): AttributeScope {
    return {
      ...noStream,
      node: this.services.node,
      pluginName: null,
      rootId: "",
      vmId: this.vm.vmId,
    };
  }
}
