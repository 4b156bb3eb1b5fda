/** Which of the names that there are is nearest to a misspelt one? `node nearest-name.mjs NAME KNOWN...` prints it, or nothing. */
const [name = "", ...known] = process.argv.slice(2);

const plain = (text) => text.toUpperCase().replace(/[^A-Z0-9]/g, "");

/** How many letters are to be changed, added or left out (Levenshtein). */
function distance(one, other) {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row.at(-1);
}

/** API_ID means API, and CONFIG_FILE means CONFIG: a name that goes on counts as nearer than one that is spelt otherwise. */
function score(each) {
  const [one, other] = [plain(name), plain(each)];
  const isLonger = one.startsWith(other) || other.startsWith(one);
  return isLonger ? Math.min(1.5, distance(one, other)) : distance(one, other);
}

const [nearest] = known
  .map((each) => ({ each, score: score(each) }))
  .sort((one, other) => one.score - other.score || other.each.length - one.each.length);
if (nearest && nearest.score <= Math.max(2, name.length / 3)) console.log(nearest.each);
