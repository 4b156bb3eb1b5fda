// What of a request's path may stand in a log? Its segments where they are plain words; of its query the names alone.
import { decimalText, utf8Length } from "as-proxy-wasm";
import { lengthOf, shownWord } from "./plain-word";

const MAX_PIECES: i32 = 32;

/** `/users/42/<36 bytes>?page=<1 bytes>&code=<20 bytes>` */
export function shownPath(path: string): string {
  const mark = path.indexOf("?");
  const end = mark < 0 ? path.length : mark;
  const segments = shownPieces(path.substring(0, end), "/", shownWord);
  return mark < 0 ? segments : segments + "?" + shownQuery(path.substring(mark + 1));
}

function shownQuery(query: string): string {
  return shownPieces(query, "&", shownParameter);
}

/** What has no name is a value. */
function shownParameter(parameter: string): string {
  const equals = parameter.indexOf("=");
  if (equals < 0) return parameter.length == 0 ? "" : lengthOf(utf8Length(parameter));
  const name = shownWord(parameter.substring(0, equals));
  return name + "=" + lengthOf(utf8Length(parameter.substring(equals + 1)));
}

/** The first ones; of the rest how many bytes it has. */
function shownPieces(text: string, separator: string, shown: (piece: string) => string): string {
  const pieces: string[] = [];
  let from = 0;
  while (from <= text.length && pieces.length < MAX_PIECES) {
    const next = text.indexOf(separator, from);
    const end = next < 0 ? text.length : next;
    pieces.push(shown(text.substring(from, end)));
    from = end + 1;
  }
  const all = pieces.join(separator);
  return from > text.length
    ? all
    : all + " and " + decimalText(utf8Length(text.substring(from))) + " bytes more";
}
