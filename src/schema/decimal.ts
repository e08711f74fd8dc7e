import { DefinitionError } from '../errors/index.js';
import type { SqlValue } from '../sql/index.js';
import { mismatch, type ColumnType } from './column-type.js';

/** Digits that a JavaScript number holds exactly. */
const exactDigits = 15;
/** Digits that SQLite's 64-bit integers hold. */
const mostDigits = 18;

/**
 * A decimal of `precision` digits, `scale` of them after the point, stored as a scaled integer: exact, compared and summed by
 * SQLite as a number. A value with more digits after the point is refused, never rounded.
 */
export function decimalType(precision: number, scale: number): ColumnType<string> {
  if (!(Number.isInteger(precision) && precision >= 1 && precision <= mostDigits)) {
    throw new DefinitionError(`A decimal has 1 to ${mostDigits} digits, not ${precision}.`);
  }
  if (!(Number.isInteger(scale) && scale >= 0 && scale <= precision)) {
    throw new DefinitionError(
      `A decimal of ${precision} digits has 0 to ${precision} of them after the point, not ${scale}.`,
    );
  }
  const pattern = new RegExp(`^(-?)(\\d{1,${Math.max(1, precision - scale)}})(?:\\.(\\d{1,${Math.max(1, scale)}}))?$`);
  const bound = 10n ** BigInt(precision);
  return {
    name: 'decimal',
    storage: 'INTEGER',
    expected: `a decimal string such as "${decimalText(125n, scale)}" of at most ${precision} digits, ${scale} after the point`,
    bigints: precision > exactDigits,
    encode: (value) => encodeDecimal(value, pattern, scale, bound),
    decode: (stored) => decodeDecimal(stored, scale, bound),
    designTypes: [String],
  };
}

function encodeDecimal(value: string, pattern: RegExp, scale: number, bound: bigint): SqlValue {
  const parts = typeof value === 'string' ? pattern.exec(value) : null;
  if (parts === null) return mismatch();
  const [, sign, whole, fraction = ''] = parts;
  if (fraction.length > scale) return mismatch();
  const scaled = BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
  if (scaled >= bound) return mismatch();
  return sign === '-' ? -scaled : scaled;
}

function decodeDecimal(stored: SqlValue, scale: number, bound: bigint): string {
  if (typeof stored !== 'bigint' && !Number.isSafeInteger(stored)) return mismatch();
  const scaled = BigInt(stored as bigint | number);
  return scaled < bound && scaled > -bound ? decimalText(scaled, scale) : mismatch();
}

function decimalText(scaled: bigint, scale: number): string {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return scaled < 0n ? `-${text}` : text;
}
