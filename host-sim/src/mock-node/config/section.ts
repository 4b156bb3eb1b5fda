/** How is one map of the YAML read: key by key, with errors that name key, place, value and what is allowed? */
import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type Node } from "yaml";
import type { YAMLMap } from "yaml";
import type { Place } from "../../../../checked-yaml/read-yaml.ts";

export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/** What all sections of one file share. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  /** Undefined where it was read from no text. */
  readonly placeOf: ((node: Node) => Place) | undefined;
  readonly warnings: string[];
}

/** Turns a scalar into a value, or says what is allowed by returning `{ allowed }`. */
export type Parse<T> = (value: unknown) => T | Allowed;
export class Allowed {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

export class Section {
  readonly #source: Source;
  readonly #path: string;
  readonly #map: YAMLMap | undefined;
  readonly #known = new Set<string>();

  constructor(source: Source, path: string, map: YAMLMap | undefined) {
    this.#source = source;
    this.#path = path;
    this.#map = map;
  }

  has(key: string): boolean {
    return this.#node(key) !== undefined;
  }

  /** The value of a key, or undefined where it is absent or empty. */
  optional<T>(key: string, parse: Parse<T>): T | undefined {
    const node = this.#node(key);
    return node === undefined ? undefined : this.#parsed(this.keyPath(key), node, parse);
  }

  value<T>(key: string, parse: Parse<T>, otherwise: T): T {
    return this.optional(key, parse) ?? otherwise;
  }

  list<T>(key: string, parse: Parse<T>): T[] | undefined {
    return this.#items(key)?.map((item, index) =>
      this.#parsed(`${this.keyPath(key)}[${index}]`, item, parse),
    );
  }

  /** A map inside; an empty one where it is absent. */
  section(key: string): Section {
    return this.#inner(this.keyPath(key), this.#node(key));
  }

  sections(key: string): Section[] {
    return (this.#items(key) ?? []).map((item, index) =>
      this.#inner(`${this.keyPath(key)}[${index}]`, item),
    );
  }

  /** A key that the vendor's node knows and that changes nothing here. */
  withoutEffect(...keys: readonly string[]): void {
    for (const key of keys) {
      const node = this.#node(key);
      if (node) this.#warn(node, `${this.keyPath(key)} has no effect in the mock node`);
    }
  }

  /** To be called when all keys were asked for: says which others are there. */
  warnUnknown(): void {
    for (const { key } of this.#map?.items ?? []) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (this.#known.has(name)) continue;
      const known = [...this.#known].sort().join(", ");
      const where = isNode(key) ? key : undefined;
      this.#warn(where, `${this.keyPath(name)} is not a known key: known here are ${known}`);
    }
  }

  keyPath(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  /** Keys and plain values, for maps whose keys are free. */
  entries<T>(parse: Parse<T>): Array<[string, T]> {
    return (this.#map?.items ?? []).map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : String(key);
      return [name, this.#parsed(this.keyPath(name), value as Node, parse)];
    });
  }

  error(key: string, message: string): ConfigError {
    return this.#error(this.#node(key), `${this.keyPath(key)} ${message}`);
  }

  /** What is wrong with the whole map; to be asked for when all keys were. */
  errorOfAll(message: string): ConfigError {
    const known = [...this.#known].sort().join(", ");
    return this.#error(this.#map, `${this.#path} ${message}: known here are ${known}`);
  }

  #node(key: string): Node | undefined {
    this.#known.add(key);
    const node = this.#resolved(this.#map?.get(key, true));
    return node && isScalar(node) && node.value === null ? undefined : node;
  }

  #resolved(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.#source.document);
    return isNode(node) ? node : undefined;
  }

  #items(key: string): Node[] | undefined {
    const node = this.#node(key);
    if (node === undefined) return undefined;
    if (!isSeq(node)) throw this.#error(node, wrong(this.keyPath(key), plain(node), "a list"));
    return node.items.map((item) => this.#resolved(item) ?? this.#source.document.createNode(null));
  }

  #inner(path: string, node: Node | undefined): Section {
    if (node !== undefined && !isMap(node)) {
      throw this.#error(node, wrong(path, plain(node), "a map of keys and values"));
    }
    return new Section(this.#source, path, node);
  }

  #parsed<T>(path: string, node: Node, parse: Parse<T>): T {
    const value = plain(this.#resolved(node));
    const result = parse(value);
    if (result instanceof Allowed) throw this.#error(node, wrong(path, value, result.what));
    return result;
  }

  #error(node: Node | undefined, message: string): ConfigError {
    return new ConfigError(`${this.#place(node)}: ${message}`);
  }

  #warn(node: Node | undefined, message: string): void {
    this.#source.warnings.push(`${this.#place(node)}: ${message}`);
  }

  #place(node: Node | undefined): string {
    const { file, placeOf } = this.#source;
    if (placeOf === undefined || !node?.range) return file;
    const { line, column } = placeOf(node);
    return `${file}:${line}:${column}`;
  }
}

/** Scalars as they are; of lists and maps only what they are. */
function plain(node: Node | undefined): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items;
  return isMap(node) ? new Map() : undefined;
}

function wrong(path: string, value: unknown, allowed: string): string {
  return `${path} is ${shown(value)}: must be ${allowed}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return "a map";
  if (value === null || value === undefined) return "empty";
  const text = JSON.stringify(value) ?? "unknown";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
