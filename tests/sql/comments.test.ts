import { beforeEach, describe, expect, it } from 'vitest';
import { id, integer, isNull, Model, QueryError, sql, table, text, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @integer() age!: number;
  @text({ nullable: true }) bio!: string | null;
}

describe.each(drivers)('$name: a comment at the end of a fragment', ({ open }) => {
  beforeEach(async () => {
    await open({ models: [User] });
    for (const bio of ['a', null, 'c']) User.create({ age: 1, bio });
  });

  it('does not take the rest of the statement with it', () => {
    expect(User.filter({ bio: isNull() }).update({ age: sql`age + 1 -- birthday` })).toBe(1);
    expect(User.query().orderBy('id').pluck('age')).toEqual([1, 2, 1]);
    const grown = User.filter(sql`age >= 0 -- all of them`);
    expect(grown.limit(1).all()).toHaveLength(1);
    expect(grown.filter({ age: 2 }).count()).toBe(1);
    expect(
      User.query()
        .orderBy(sql`id -- first`)
        .limit(1)
        .pluck('id'),
    ).toEqual([1]);
  });

  it('is refused where it is not closed', () => {
    expect(() => sql`age + 1 /* birthday`).toThrow(QueryError);
  });

  it('is none inside of a text or a name', () => {
    const { fragment } = sql`bio = '--' OR bio GLOB '/*' OR "--" = [/*]`;
    expect(fragment.texts.join('')).toBe(`bio = '--' OR bio GLOB '/*' OR "--" = [/*]`);
    expect(sql`1 /* one */ -- and\n + 2`.fragment.texts).toEqual(['1 /* one */ -- and\n + 2']);
  });
});
