import { binary, constant, type Expression, type OrderingTerm, type SelectStatement } from '../sql/index.js';

const place = { kind: 'result', name: 'litemodel_place' } as const;

/**
 * Keeps the first rows of a query for each key, counted by SQLite; its columns have aliases:
 * `SELECT … FROM (SELECT …, row_number() OVER (PARTITION BY "author_id" ORDER BY "id") … WHERE …) WHERE … <= 3 ORDER BY …`.
 */
export const firstOfEach = (
  select: SelectStatement,
  partitionBy: readonly Expression[],
  orderBy: readonly OrderingTerm[],
  limit: number,
): SelectStatement => ({
  ...select,
  columns: select.columns.map(({ alias }) => ({ expression: { kind: 'result', name: alias! }, alias: undefined })),
  from: {
    kind: 'subselect',
    select: {
      ...select,
      columns: [...select.columns, { expression: { kind: 'rowNumber', partitionBy, orderBy }, alias: place.name }],
    },
  },
  where: binary(place, '<=', constant(limit)),
  orderBy: [{ expression: place, direction: 'ASC', nulls: undefined, collation: undefined }],
});
