/**
 * What does a YAML text say, and where does it say that? The one reader of files that people write: the publishing tool, the simulator's
 * Flex Gateway and the mock node tell of each problem by file, line and key.
 */
import {
  isNode,
  isScalar,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from "yaml";

export interface Place {
  readonly file: string;
  /** From 1; 0: the file as a whole. */
  readonly line: number;
  /** From 1; 0 with line 0. */
  readonly column: number;
}

export type Path = readonly (string | number)[];

export class YamlDocument {
  readonly file: string;
  /** The library's own view, for readers that go node by node. */
  readonly document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.#lines = lines;
  }

  /** Why it is no YAML, and where; undefined if it is. */
  get problem(): { readonly place: Place; readonly message: string } | undefined {
    const [error] = this.document.errors;
    if (error !== undefined) {
      const place = this.#placeAt(error.pos[0]);
      return { place, message: this.#isTwice(error) ?? firstLine(error.message) };
    }
    try {
      this.document.toJS();
      return undefined;
    } catch (error) {
      // Aliases that multiply, or that nothing is behind.
      return { place: this.placeOf([]), message: firstLine((error as Error).message) };
    }
  }

  /** The library does not say which key. */
  #isTwice({ code, pos }: YAMLError): string | undefined {
    if (code !== "DUPLICATE_KEY") return undefined;
    let name: string | undefined;
    visit(this.document, {
      Pair: (_, { key }) => {
        if (isScalar(key) && key.range?.[0] === pos[0]) name = String(key.value);
      },
    });
    return name === undefined ? undefined : `${name}: is there twice in one mapping`;
  }

  /** Plain values; only where there is no problem. */
  get value(): unknown {
    return this.document.toJS() as unknown;
  }

  /** Of the value, or of the nearest thing around it that is there. */
  placeOf(path: Path): Place {
    for (let length = path.length; length >= 0; length--) {
      const node =
        length === 0 ? this.document.contents : this.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.placeOfNode(node);
    }
    return { file: this.file, line: 0, column: 0 };
  }

  placeOfNode({ range }: Node): Place {
    return range ? this.#placeAt(range[0]) : { file: this.file, line: 0, column: 0 };
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line, column: col };
  }
}

/** None of an empty text. */
export function readYaml(file: string, text: string): YamlDocument[] {
  const lines = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents = Array.isArray(found) ? (found as Document[]) : [];
  return documents.map((document) => new YamlDocument(file, document, lines));
}

/** As people write it: `spec.policies[0].policyRef.name`. */
export const nameOf = (path: Path): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");

const firstLine = (text: string): string => text.split("\n")[0]!;
