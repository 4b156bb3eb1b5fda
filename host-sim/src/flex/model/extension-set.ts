/** Which extension does a policy reference mean? Each one is read once, and one without a module can't be applied. */
import type { Field } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";
import { fullName, type Resource } from "../documents/resource.ts";
import { extendsNames, readExtension, type ReadExtension } from "./read-extension.ts";
import type { ResourceIndex } from "./resource-index.ts";

export class ExtensionSet {
  readonly #index: ResourceIndex;
  readonly #read = new Map<string, ReadExtension | undefined>();

  constructor(index: ResourceIndex) {
    this.#index = index;
    // What nobody refers to must be right too.
    for (const resource of index.all("Extension")) this.#get(resource);
  }

  get files(): string[] {
    return [...this.#read.values()].flatMap((each) => each?.file ?? []);
  }

  find(reference: Field, owner: Resource): ReadExtension | undefined {
    const resource = this.#index.find("Extension", reference, owner);
    if (resource === undefined) return undefined;
    const found = this.#get(resource);
    if (found === undefined) this.#reportMissing(reference, resource);
    return found;
  }

  #get(resource: Resource): ReadExtension | undefined {
    const key = fullName(resource);
    if (!this.#read.has(key)) this.#read.set(key, readExtension(resource, this.#index));
    return this.#read.get(key);
  }

  #reportMissing(reference: Field, { name }: Resource): void {
    const implementations = this.#index
      .all("Extension")
      .filter((each) => extendsNames(each).includes(name))
      .map((each) => each.name);
    const hint =
      implementations.length === 0
        ? "it needs properties.implementation.default"
        : `its implementation is ${implementations.join(", ")}`;
    reference.child("name").error(`${shown(name)} has no module that could be run; ${hint}`);
  }
}
