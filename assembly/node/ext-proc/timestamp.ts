// How is a point in time written as Envoy writes it for a processor? 2026-11-22T21:29:45.175862+00:00, without zeros at the
// end of the fraction, and without the point if it has none.
import { ByteWriter } from "as-proxy-wasm";

const SECONDS_A_DAY: u64 = 86400;
const NANOSECONDS: u64 = 1_000_000_000;

/** `nanoseconds` since the epoch. */
export function writeTimestamp(out: ByteWriter, nanoseconds: u64): void {
  const seconds = nanoseconds / NANOSECONDS;
  const ofDay = u32(seconds % SECONDS_A_DAY);
  writeDate(out, u32(seconds / SECONDS_A_DAY));
  writeTwo(out, 0x54, ofDay / 3600); // T
  writeTwo(out, 0x3a, (ofDay / 60) % 60); // :
  writeTwo(out, 0x3a, ofDay % 60);
  let rest = u32(nanoseconds % NANOSECONDS);
  if (rest > 0) out.writeU8(0x2e);
  for (let place: u32 = 100_000_000; rest > 0; place /= 10) {
    out.writeU8(0x30 + rest / place);
    rest %= place;
  }
  out.writeAscii("+00:00");
}

/** By the Gregorian calendar, in years that begin in March: then the leap day is the last (days of 400 years: 146097). */
function writeDate(out: ByteWriter, daysSinceEpoch: u32): void {
  const days = daysSinceEpoch + 719468;
  const ofEra = days % 146097;
  const yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const fromMarch = (5 * ofYear + 2) / 153;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + (days / 146097) * 400 + u32(month < 3);
  writeDigits(out, year / 100);
  writeDigits(out, year % 100);
  writeTwo(out, 0x2d, month); // -
  writeTwo(out, 0x2d, ofYear - (153 * fromMarch + 2) / 5 + 1);
}

function writeTwo(out: ByteWriter, mark: u32, number: u32): void {
  out.writeU8(mark);
  writeDigits(out, number);
}

/** At most 99. */
function writeDigits(out: ByteWriter, number: u32): void {
  out.writeU16BE((0x30 + number / 10) * 0x100 + 0x30 + (number % 10));
}
