// What do HTML's character references hide? Named, decimal, hexadecimal; browsers forgive a missing semicolon.

const REFERENCE = /&(?:#0{0,12}([0-9]{1,7})|#[xX]0{0,12}([0-9a-fA-F]{1,6})|([A-Za-z]{2,16}));?/g;

// Those that spell characters of markup, script and paths; letters of languages are of no use to an attacker.
const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  nbsp: " ",
  tab: "\t",
  newline: "\n",
  excl: "!",
  num: "#",
  dollar: "$",
  percnt: "%",
  lpar: "(",
  rpar: ")",
  ast: "*",
  plus: "+",
  comma: ",",
  period: ".",
  sol: "/",
  colon: ":",
  semi: ";",
  equals: "=",
  quest: "?",
  commat: "@",
  lbrack: "[",
  lsqb: "[",
  bsol: "\\",
  rsqb: "]",
  rbrack: "]",
  hat: "^",
  lowbar: "_",
  grave: "`",
  diacriticalgrave: "`",
  lbrace: "{",
  lcub: "{",
  verbar: "|",
  vert: "|",
  rcub: "}",
  rbrace: "}",
  dash: "-",
  hyphen: "-",
};

export function decodeHtmlEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return named(whole, name);
    const code =
      decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(decimal, 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function named(whole: string, name: string): string {
  const lower = name.toLowerCase();
  const value = Object.hasOwn(NAMED, lower) ? NAMED[lower] : undefined;
  if (value === undefined) return whole;
  // Without its semicolon, only what old browsers know is a reference: "&num=5" is a parameter.
  return whole.endsWith(";") || ["lt", "gt", "amp", "quot"].includes(lower) ? value : whole;
}
