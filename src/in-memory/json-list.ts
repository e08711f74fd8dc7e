import type { Value } from './value.js';

/** The values of a list in JSON that we wrote: texts, and numbers of any size; by so many in a row. */
export function parseList(text: string, width: number): readonly (readonly Value[])[] {
  const values = (text.match(/"(?:[^"\\]|\\.)*"|[^\s,[\]]+/g) ?? []).map(parseValue);
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function parseValue(text: string): Value {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}
