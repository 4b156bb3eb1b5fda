// How is a point in time written as Envoy writes it for a processor? 2026-11-22T21:29:45.175862+00:00, without zeros at the
// end of the fraction, and without the point if it has none.
import { decimalText } from "as-proxy-wasm";

const SECONDS_A_DAY: u64 = 86400;

/** `nanoseconds` since the epoch. */
export function timestamp(nanoseconds: u64): string {
  const seconds = nanoseconds / 1_000_000_000;
  const ofDay = u32(seconds % SECONDS_A_DAY);
  let time =
    ":" + padded(ofDay % 60, 100) + "." + padded(nanoseconds % 1_000_000_000, 1_000_000_000);
  let end = time.length;
  while (time.charCodeAt(end - 1) == 0x30 && end > 4) end--;
  if (time.charCodeAt(end - 1) == 0x2e) end--;
  time = padded(ofDay / 3600, 100) + ":" + padded((ofDay / 60) % 60, 100) + time.substring(0, end);
  return date(u32(seconds / SECONDS_A_DAY)) + "T" + time + "+00:00";
}

/** By the Gregorian calendar, in years that begin in March: then the leap day is the last (days of 400 years: 146097). */
function date(daysSinceEpoch: u32): string {
  const days = daysSinceEpoch + 719468;
  const ofEra = days % 146097;
  const yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const fromMarch = (5 * ofYear + 2) / 153;
  const day = ofYear - (153 * fromMarch + 2) / 5 + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + (days / 146097) * 400 + u32(month < 3);
  return decimalText(year) + "-" + padded(month, 100) + "-" + padded(day, 100);
}

/** With zeros before it, in as many digits as `limit` has zeros. */
function padded(number: u64, limit: u64): string {
  return decimalText(limit + number).substring(1);
}
