// Constants of every kind that packing meets: ASCII, other letters, what repeats, far repeats, runs of zeros, runs of
// other values longer than one match, and numbers whose bytes look like the packing's own tokens.
const NAMES: StaticArray<string> = [
  "requests_inspected",
  "requests_passed",
  "requests_blocked",
  "ünïcödé, 漢字, 😀",
  "the same sentence comes twice",
  "the same sentence comes twice, and a bit more",
];
const TOKENS: StaticArray<u16> = [0x80, 0xff, 0x80ff, 0xffff, 0x7f, 0x8000, 0xff00, 0, 1];
const ZEROS: StaticArray<u8> = new StaticArray<u8>(3);
const REPEATED: StaticArray<u16> = [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7];
const FAR: usize = memory.data(10000);
const NUMBERS: StaticArray<f64> = [1.5, -2.25, 1e300, 0];

function sumUp(): i32 {
  let total: i32 = 0;
  for (let i = 0; i < NAMES.length; i++) {
    for (let j = 0; j < NAMES[i].length; j++) total = total * 31 + NAMES[i].charCodeAt(j);
  }
  for (let i = 0; i < TOKENS.length; i++) total = total * 31 + TOKENS[i];
  for (let i = 0; i < REPEATED.length; i++) total = total * 31 + REPEATED[i];
  return total + ZEROS.length + i32(load<u8>(FAR)) + i32(NUMBERS[0]);
}

export const sum: i32 = sumUp();
