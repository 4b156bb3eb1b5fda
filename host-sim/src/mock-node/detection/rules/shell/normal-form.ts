// What would a shell run after it has thrown away the quotes, variables and escapes that hide a command's name?

const IFS = /\$\{ifs[^}]{0,12}\}|\$ifs(?:\$[0-9@*])?|\$\{@\}/g;
const BRACES = /\{([\w/.?*-]{1,40}(?:,[^{},]{0,200}){1,8})\}/g;
const EMPTY = /\$[@*0-9!](?!\w*[({])|\$\{[^}]{0,3}[@*0-9]\}|\$(?=['"])|''|""|``|\$\(\)/g;
const SPLIT_QUOTE = /(?<=[\w/?*])['"](?=[\w/?*.-])|(?<=[;|&\s(`{]|^)['"](?=\w{1,3}['"]\w)/g;
const SPLIT_ESCAPE = /(?<=[a-z/;|&\s(`]|^)\\(?=[a-z/])|(?<=[a-z])\^(?=[a-z])/g;
const ONE_OF = /(?<=[\w/])\[([a-z?])\](?=\w)/g;
const OPENING = /(?<=[;|&(`{\s]|^)['"](?=[a-z]{2,12}['"](?:[\s$;|&]|$))/g;
const CLOSING = /(?<=[;|&(`{\s][a-z]{2,12})['"](?=[\s$]|$)/g;

/** `lower`: lower case. */
export function shellNormalForm(lower: string): string {
  if (!/['"\\$^{[]/.test(lower)) return lower;
  return lower
    .replace(/\\\r?\n/g, "")
    .replace(IFS, " ")
    .replace(BRACES, (_, inner: string) => inner.replaceAll(",", " "))
    .replace(ONE_OF, "$1")
    .replace(EMPTY, "")
    .replace(SPLIT_QUOTE, "")
    .replace(SPLIT_ESCAPE, "")
    .replace(OPENING, "")
    .replace(CLOSING, "");
}
