/**
 * What stands at one place of a document? A value with its path and line. Reading what is not there, or is of another
 * type, reports the problem and goes on with an empty value: the document is refused as a whole in the end.
 */
import { nameOf, type Path } from "../../../../checked-yaml/read-yaml.ts";
import { shown, type Place, type Problems } from "./problems.ts";

/** Where values come from. */
export interface FieldSource {
  readonly problems: Problems;
  placeOf(path: Path): Place;
}

export class Field {
  readonly source: FieldSource;
  readonly path: Path;
  readonly value: unknown;

  constructor(source: FieldSource, path: Path, value: unknown) {
    this.source = source;
    this.path = path;
    this.value = value;
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get place(): Place {
    return this.source.placeOf(this.path);
  }

  /** As people write it: `spec.policies[0].policyRef.name`. */
  get name(): string {
    return nameOf(this.path);
  }

  /** Of a map; for anything else the child does not exist. */
  child(key: string): Field {
    const value = isMap(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(this.source, [...this.path, key], value);
  }

  /** `problem` says what is wrong with the value, and what is allowed. */
  error(problem: string): void {
    this.source.problems.error(this.place, `${this.name}: ${problem}`);
  }

  warn(problem: string): void {
    this.source.problems.warn(this.place, `${this.name}: ${problem}`);
  }

  wrongType(expected: string): void {
    if (this.exists) this.error(`${shown(this.value)} must be ${expected}`);
    else this.error(`is missing; it must be ${expected}`);
  }

  text(expected = "a text"): string {
    if (typeof this.value === "string" && this.value !== "") return this.value;
    this.wrongType(expected);
    return "";
  }

  /** An empty text is as none. */
  textOr(fallback: string): string {
    return this.exists && this.value !== "" ? this.text() : fallback;
  }

  entries(): Field[] {
    if (!this.exists) return [];
    if (isMap(this.value)) return Object.keys(this.value).map((key) => this.child(key));
    this.wrongType("a map");
    return [];
  }

  items(): Field[] {
    if (!this.exists) return [];
    if (Array.isArray(this.value)) {
      return this.value.map(
        (value: unknown, i) => new Field(this.source, [...this.path, i], value),
      );
    }
    this.wrongType("a list");
    return [];
  }

  /** A misspelt field could leave an API without its policy: it is an error. */
  onlyHas(known: readonly string[]): void {
    for (const entry of this.entries()) {
      const key = String(entry.path.at(-1));
      if (!known.includes(key)) entry.error(`is not known; known are ${known.join(", ")}`);
    }
  }
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
