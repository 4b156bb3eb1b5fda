/** Which resource is meant by a reference? By kind, namespace and name; what a reference may leave out, its owner has. */
import type { Field } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";
import { fullName, type Kind, type Resource } from "../documents/resource.ts";

export class ResourceIndex {
  readonly #byKind = new Map<Kind, Map<string, Resource>>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) this.#add(resource);
  }

  #add(resource: Resource): void {
    const { kind, name } = resource;
    let found = this.#byKind.get(kind);
    if (found === undefined) this.#byKind.set(kind, (found = new Map<string, Resource>()));
    const key = fullName(resource);
    const before = found.get(key);
    if (before === undefined) found.set(key, resource);
    else if (name !== "") {
      resource.spec.source.problems.error(
        resource.spec.source.placeOf(["metadata", "name"]),
        `metadata.name: ${kind} ${key} is defined twice; the other one is at ${before.where}`,
      );
    }
  }

  all(kind: Kind): Resource[] {
    return [...(this.#byKind.get(kind)?.values() ?? [])];
  }

  /**
   * As `find`, but a reference without namespace finds the only one of its name elsewhere too: the official generator
   * leaves the namespace out where an implementation extends its definition.
   */
  findDefinition(reference: Field, owner: Resource): Resource | undefined {
    const { value } = reference.child("name");
    const named = this.all("Extension").filter(({ name }) => name === value);
    const elsewhere = !named.some(({ namespace }) => namespace === owner.namespace);
    const free = !reference.child("namespace").exists;
    if (free && elsewhere && named.length === 1) return named[0];
    return this.find("Extension", reference, owner);
  }

  /** Reports a reference to what is not there. */
  find(kind: Kind, reference: Field, owner: Pick<Resource, "namespace">): Resource | undefined {
    const name = reference.child("name").text();
    if (name === "") return undefined;
    const namespace = reference.child("namespace").textOr(owner.namespace);
    const found = this.#byKind.get(kind)?.get(fullName({ namespace, name }));
    if (found === undefined) {
      const known = this.all(kind).map(fullName).join(", ");
      const there = known === "" ? "there is none at all" : `there are ${known}`;
      reference
        .child("name")
        .error(`${shown(name)}: no ${kind} of this name in namespace ${namespace}; ${there}`);
    }
    return found;
  }
}
