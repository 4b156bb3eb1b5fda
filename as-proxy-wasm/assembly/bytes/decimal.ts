// How is a number shown to people? AssemblyScript's own toString brings other radixes, with tables and messages of 1 KB.

const MOST_DIGITS: i32 = 20;

export function decimalText(value: u64): string {
  const units = new StaticArray<u16>(MOST_DIGITS);
  let at = MOST_DIGITS;
  do {
    at--;
    unchecked((units[at] = <u16>(0x30 + (value % 10))));
    value /= 10;
  } while (value != 0);
  return String.UTF16.decodeUnsafe(changetype<usize>(units) + (at << 1), (MOST_DIGITS - at) << 1);
}
