// May a header have this name? RFC 9110 §5.1: a token.
import { isDigit, isLetter } from "./ascii";

export function isHeaderName(text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isLetter(code) && !isDigit(code) && !"!#$%&'*+-.^_`|~".includes(text.charAt(i)))
      return false;
  }
  return text.length > 0;
}
