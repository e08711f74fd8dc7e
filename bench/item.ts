/** What the JSON column holds. */
export interface Attributes {
  readonly color: string;
  readonly tags: readonly string[];
  readonly weight: number;
}

/** An item that is not in a database yet. */
export interface NewItem {
  readonly name: string;
  readonly category: string;
  readonly note: string | null;
  readonly quantity: number;
  readonly price: number;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly attributes: Attributes;
}

/** An item as hand-written code has it. */
export interface PlainItem extends NewItem {
  readonly id: number;
}

/** How many items share a category, whatever the size of the table. */
export const itemsPerCategory = 100;

const colors = ['red', 'green', 'blue', 'black', 'white'];

/** The items with the numbers from `first` on: the same at each call, each category spread over the whole table. */
export function makeItems(count: number, first = 1, categories = Math.ceil(count / itemsPerCategory)): NewItem[] {
  return Array.from({ length: count }, (_, index) => makeItem(first + index, categories));
}

function makeItem(number: number, categories: number): NewItem {
  const scattered = (number * 7919) % 10_007;
  return {
    name: `Item number ${number}`,
    category: categoryName(number % categories),
    note: number % 3 === 0 ? null : `A note on ${scattered}`,
    quantity: scattered,
    price: scattered / 8,
    active: number % 4 !== 0,
    createdAt: new Date(Date.UTC(2026, 0, 1) + number * 61_001),
    attributes: {
      color: colors[number % colors.length]!,
      tags: [`tag-${number % 17}`, `tag-${number % 23}`],
      weight: scattered / 16,
    },
  };
}

export const categoryName = (number: number): string => `category-${number}`;
