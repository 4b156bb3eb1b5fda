// May a header have this name? RFC 9110 §5.1: a token.
import { isDigit, isLetter } from "./ascii";

export function isHeaderName(text: string): bool {
  for (let i = 0; i < text.length; i++) if (!isTokenByte(text.charCodeAt(i))) return false;
  return text.length > 0;
}

/** RFC 9110 §5.6.2: `tchar`. */
export function isTokenByte(code: i32): bool {
  return isLetter(code) || isDigit(code) || isTokenMark(code);
}

/** One of !#$%&'*+-.^_`|~ */
function isTokenMark(code: i32): bool {
  if (code < 0x21 || code > 0x7e) return false;
  if (code < 0x30)
    return code != 0x22 && code != 0x28 && code != 0x29 && code != 0x2c && code != 0x2f;
  return code == 0x5e || code == 0x5f || code == 0x60 || code == 0x7c || code == 0x7e;
}
