// Which number does a JSON text such as "-12.5e3" stand for? AssemblyScript's own parseFloat would bring 3 KB of code and
// tables; a reader of configurations needs integers exactly and fractions nearly.

/** Digits that a u64 holds for sure. */
const MOST_DIGITS: i32 = 18;
/** The largest power of ten that a double holds exactly. */
const EXACT_POWER: i32 = 22;

/**
 * Value of a text that is a JSON number. Correctly rounded with at most 15 significant digits and a power of ten of at most
 * 22 (Clinger's fast path: one rounding); beyond that off by a few units in the last place. Too large: Infinity.
 */
export function parseNumber(text: string): f64 {
  let digits: u64 = 0;
  let count = 0;
  let power = 0;
  let inFraction = false;
  let i = text.charCodeAt(0) == 0x2d ? 1 : 0;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit == 0x2e) {
      inFraction = true;
      continue;
    }
    if (unit < 0x30 || unit > 0x39) break;
    if (count < MOST_DIGITS) {
      digits = digits * 10 + (unit - 0x30);
      if (digits != 0) count++;
      if (inFraction) power--;
    } else if (!inFraction) {
      power++;
    }
  }
  if (i < text.length) power += parseExponent(text, i + 1);
  const value = scale(<f64>digits, power);
  return text.charCodeAt(0) == 0x2d ? -value : value;
}

/** Beyond 9999 every power is 0 or Infinity. */
function parseExponent(text: string, start: i32): i32 {
  const sign = text.charCodeAt(start);
  let exponent = 0;
  for (let i = sign == 0x2b || sign == 0x2d ? start + 1 : start; i < text.length; i++) {
    exponent = min(exponent * 10 + text.charCodeAt(i) - 0x30, 9999);
  }
  return sign == 0x2d ? -exponent : exponent;
}

function scale(digits: f64, power: i32): f64 {
  if (digits == 0) return 0;
  let value = digits;
  for (let left = abs(power); left > 0 && value != 0 && value != Infinity; left -= EXACT_POWER) {
    const step = tenTo(min(left, EXACT_POWER));
    value = power < 0 ? value / step : value * step;
  }
  return value;
}

function tenTo(power: i32): f64 {
  let value: f64 = 1;
  for (let i = 0; i < power; i++) value *= 10;
  return value;
}
