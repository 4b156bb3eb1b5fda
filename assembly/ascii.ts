// How is ASCII text compared without regard to case? The standard library's own toLowerCase knows all of Unicode and brings
// tables of 12 KB; names in HTTP are ASCII.

/** `text` with A-Z in lower case and all else as it is. */
export function lowerCase(text: string): string {
  let i = 0;
  while (i < text.length && !isUpper(text.charCodeAt(i))) i++;
  if (i == text.length) return text;
  let lower = text.substring(0, i);
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    lower += isUpper(code) ? String.fromCharCode(code | 0x20) : text.charAt(i);
  }
  return lower;
}

export function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: i32): bool {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

/** The value of a decimal number of at most 9 digits; -1 if `text` is anything else. */
export function decimal(text: string): i32 {
  if (text.length == 0 || text.length > 9) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    value = value * 10 + code - 0x30;
  }
  return value;
}

function isUpper(code: i32): bool {
  return code >= 0x41 && code <= 0x5a;
}
