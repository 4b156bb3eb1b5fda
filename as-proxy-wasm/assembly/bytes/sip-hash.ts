// What number stands for these bytes, such that nobody who does not know the key can find others with the same one?
// SipHash-1-3 (https://www.aumasson.jp/siphash/siphash.pdf), one round for each eight bytes and three at the end.

/** @param low first half of the key, @param high its second half */
export function sipHash(at: usize, size: usize, low: u64, high: u64): u64 {
  let v0 = low ^ 0x736f6d6570736575;
  let v1 = high ^ 0x646f72616e646f6d;
  let v2 = low ^ 0x6c7967656e657261;
  let v3 = high ^ 0x7465646279746573;
  const end = at + (size & ~7);
  // The whole words, one with the rest, and at the end three rounds without any.
  for (let left = 4; left > 0; at += 8) {
    let word: u64 = 0;
    if (at < end) word = load<u64>(at);
    else if (left-- == 4) word = lastWord(end, size);
    else if (left == 2) v2 ^= 0xff;
    v3 ^= word;
    v0 += v1;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v0 = rotl<u64>(v0, 32);
    v2 += v3;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v2 = rotl<u64>(v2, 32);
    v0 ^= word;
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The bytes from `at` on that are no whole word, and in the highest place how many bytes there are in all. */
function lastWord(at: usize, size: usize): u64 {
  let word: u64 = size;
  for (let k = (size & 7) + 1; k < 8; k++) word <<= 8;
  for (let k = size & 7; k > 0; k--) word = (word << 8) | load<u8>(at + k - 1);
  return word;
}
