// Numbers as JSON writes them, exactly: whole number times a power of ten, in its only form without zeros at the end. Exponents
// up to about 10^15; nothing is ever rounded.

const kForm = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** { digits: BigInt, exponent } of a JSON number's text. */
export function decimal(text) {
  const [, sign, whole, fraction = "", exponent = "0"] = kForm.exec(text);
  const written = (whole + fraction).replace(/^0+/, "");
  const kept = written.replace(/0+$/, "");
  if (kept === "") return { digits: 0n, exponent: 0 };
  const digits = BigInt(kept) * (sign ? -1n : 1n);
  return { digits, exponent: Number(exponent) - fraction.length + (written.length - kept.length) };
}

/** A bound of a schema: read as a double, in its shortest decimal form, which is what String() gives (ECMA-262). */
export const bound = (text) => decimal(String(Number(text)));

const magnitude = ({ digits }) => (digits < 0n ? -digits : digits);
const sign = ({ digits }) => (digits > 0n ? 1 : digits < 0n ? -1 : 0);
/** The power of ten just above the value: 3 for 123. */
const scale = (value) => magnitude(value).toString().length + value.exponent;

/** Below 0, 0 or above 0 as a is less than, equal to or greater than b. */
export function compare(a, b) {
  if (sign(a) !== sign(b) || sign(a) === 0) return sign(a) - sign(b);
  if (scale(a) !== scale(b)) return sign(a) * (scale(a) - scale(b));
  const least = Math.min(a.exponent, b.exponent); // of the same scale, so what is raised is as long as the other's digits
  const difference = a.digits * 10n ** BigInt(a.exponent - least) - b.digits * 10n ** BigInt(b.exponent - least);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

export const isInteger = (value) => value.exponent >= 0;

function powerModulo(exponent, modulus) {
  let result = 1n % modulus;
  let base = 10n % modulus;
  for (let left = BigInt(exponent); left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

/** Whether value / step is a whole number. Neither's digits end in 0: a value with more places than the step is no multiple. */
export function isMultiple(value, step) {
  if (value.digits === 0n) return true;
  const shift = value.exponent - step.exponent;
  return shift >= 0 && (value.digits * powerModulo(shift, step.digits)) % step.digits === 0n;
}
