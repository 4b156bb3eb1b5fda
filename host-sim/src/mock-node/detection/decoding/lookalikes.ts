// Which characters do careless applications fold to ASCII? Fullwidth forms, and others that best-fit mappings turn into
// quotes, slashes and angle brackets.

const LOOKALIKE =
  /[\uff01-\uff5e\u2215\u2044\u2216\u2024\u02b9\u02bc\u2032\u2039\u203a\u3008\u3009\u2329\u232a\ufe64\ufe65]/g;

const FOLDED: Readonly<Record<string, string>> = {
  "\u2215": "/",
  "\u2044": "/",
  "\u2216": "\\",
  "\u2024": ".",
  "\u02b9": "'",
  "\u02bc": "'",
  "\u2032": "'",
  "\u2039": "<",
  "\u203a": ">",
  "\u3008": "<",
  "\u3009": ">",
  "\u2329": "<",
  "\u232a": ">",
  "\ufe64": "<",
  "\ufe65": ">",
};

export function foldLookalikes(text: string): string {
  return text.replace(LOOKALIKE, (character) => {
    const code = character.charCodeAt(0);
    if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
    return FOLDED[character] ?? character;
  });
}
