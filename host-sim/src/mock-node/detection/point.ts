// Where in a request may an attack stand?

export type PointKind =
  | "path"
  | "query"
  | "header"
  /** A header with a grammar full of quotes and semicolons: only what is certain counts. */
  | "structured header"
  | "cookie"
  | "form"
  | "json"
  | "xml"
  | "doctype"
  /** XML as markup: only what a browser would run counts. */
  | "markup"
  /** What somebody uploads as a file: source code and prose are at home here. */
  | "file"
  | "file name"
  | "text"
  /** Bytes that are no text: only what servers run wherever they find it counts. */
  | "binary"
  | "name";

export interface Point {
  readonly kind: PointKind;
  /** Address, for example `json:user.name`. */
  readonly name: string;
  /** Last name on the way: `q`, `sort`, `user-agent`; lower case. */
  readonly field: string;
  readonly text: string;
  readonly decodings: readonly string[];
}
