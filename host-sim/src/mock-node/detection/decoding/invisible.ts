// Which characters are there only to split a word? NULs, soft hyphens, zero-width marks.

// eslint-disable-next-line no-misleading-character-class -- these very characters are meant
const INVISIBLE = /[\u0000\u00ad\u200b\u200c\u200d\u2060\ufeff]/g;

export function dropInvisible(text: string): string {
  return text.replace(INVISIBLE, "");
}
