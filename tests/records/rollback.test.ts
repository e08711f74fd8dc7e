import { beforeEach, describe, expect, it } from 'vitest';
import { createdAt, defineModel, id, integer, sql, text, updatedAt, type Database } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const Post = defineModel(
  'posts',
  {
    id: id(),
    title: text({ unique: true }),
    code: text({ default: sql`'c' || hex(randomblob(2))` }),
    reads: integer({ default: 0 }),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  { modelName: 'Post' },
);
type Post = InstanceType<typeof Post>;

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Post] });
  });
  const rows = () => db.all(sql`SELECT id, title, reads FROM posts ORDER BY id`);
  /** Runs in a transaction that is rolled back. */
  const undone = (work: () => void) => {
    const stop = new Error('roll back');
    expect(() =>
      db.transaction(() => {
        work();
        throw stop;
      }),
    ).toThrow(stop);
  };
  const update = (...columns: string[]) =>
    `UPDATE "posts" SET ${columns.map((column) => `"${column}" = ?`).join(', ')} WHERE "id" = ?`;

  it('a save that is rolled back is written again by the next', () => {
    const post = Post.create({ title: 'a' });
    undone(() => {
      post.reads = 5;
      post.save();
      expect(rows()).toEqual([{ id: 1, title: 'a', reads: 5 }]);
      expect(statementsOf(db, () => post.save())).toEqual([]);
    });
    expect(rows()).toEqual([{ id: 1, title: 'a', reads: 0 }]);
    expect(post.reads).toBe(5);
    expect(statementsOf(db, () => post.save())).toEqual([update('reads', 'updated_at')]);
    expect(rows()).toEqual([{ id: 1, title: 'a', reads: 5 }]);
    expect(statementsOf(db, () => post.save())).toEqual([]);
  });

  it('an instance that is created in a transaction that is rolled back is new again, and has no key', () => {
    let post!: Post;
    undone(() => {
      post = Post.create({ title: 'a' });
      expect(post.id).toBe(1);
      post.reads = 1;
      post.save();
    });
    expect(rows()).toEqual([]);
    Post.create({ title: 'another took the number' });
    expect(() => post.reload()).toThrow('This Post was never saved');
    expect(statementsOf(db, () => post.save())).toEqual([
      'INSERT INTO "posts" ("title", "reads", "created_at", "updated_at") VALUES (?, ?, ?, ?) RETURNING "id", "code"',
    ]);
    expect(post.id).toBe(2);
    expect(rows()).toEqual([
      { id: 1, title: 'another took the number', reads: 0 },
      { id: 2, title: 'a', reads: 1 },
    ]);
    expect(db.first(sql`SELECT code FROM posts WHERE id = 2`)).toEqual({ code: post.code });
  });

  it('a key that is given after the rollback is the one that is inserted', () => {
    let post!: Post;
    undone(() => {
      post = Post.create({ title: 'a' });
    });
    post.id = 42;
    post.code = 'mine';
    post.save();
    expect(db.all(sql`SELECT id, title, code FROM posts`)).toEqual([{ id: 42, title: 'a', code: 'mine' }]);
  });

  it('a key of one’s own stays when its insert is rolled back', () => {
    const post = Post.build({ id: 7, title: 'a', code: 'x' });
    undone(() => post.save());
    expect(post.id).toBe(7);
    expect(statementsOf(db, () => post.save())).toHaveLength(1);
    expect(rows()).toEqual([{ id: 7, title: 'a', reads: 0 }]);
  });

  it('a delete that is rolled back leaves an instance that can be saved', () => {
    const post = Post.create({ title: 'a' });
    undone(() => {
      expect(post.delete()).toBe(true);
      expect(post.delete()).toBe(false);
      expect(() => post.save()).toThrow('This Post was deleted');
    });
    post.reads = 3;
    post.save();
    expect(rows()).toEqual([{ id: 1, title: 'a', reads: 3 }]);
    expect(post.delete()).toBe(true);
  });

  it('a reload that is rolled back does not take the undone row for the stored one', () => {
    const post = Post.create({ title: 'a' });
    undone(() => {
      Post.filter({ id: 1 }).update({ reads: 9 });
      post.reload();
      expect(post.reads).toBe(9);
    });
    expect(statementsOf(db, () => post.save())).toEqual([]);
    expect(post.reads).toBe(0);
    expect(rows()).toEqual([{ id: 1, title: 'a', reads: 0 }]);
  });

  it('a changed key that is rolled back is written to the old row', () => {
    const post = Post.create({ title: 'a' });
    undone(() => {
      post.id = 5;
      post.save();
    });
    post.title = 'b';
    expect(statementsOf(db, () => post.save())).toEqual([update('id', 'title', 'updated_at')]);
    expect(rows()).toEqual([{ id: 5, title: 'b', reads: 0 }]);
  });

  it('what SQLite computed for a save that is rolled back is forgotten, and hinders no other', async () => {
    const Rectangle = defineModel('rectangles', {
      id: id(),
      width: integer(),
      area: integer({ generated: sql`width * 2` }),
      updatedAt: updatedAt({ storage: 'integer' }),
    });
    const other = await open({ models: [Rectangle], alias: 'other' });
    const made = Rectangle.create({ width: 3, updatedAt: new Date(0) } as never);
    for (const change of [
      () => {
        made.width = 5;
        made.save();
      },
      () => {
        Rectangle.filter({ id: 1 }).update({ width: 5, updatedAt: new Date(1) });
        made.reload();
      },
    ]) {
      expect(() =>
        other.transaction(() => {
          change();
          expect(made.area).toBe(10);
          throw new Error('roll back');
        }),
      ).toThrow('roll back');
      made.width = 3;
      expect(statementsOf(other, () => made.save())).toEqual([]);
      expect({ ...made }).toEqual({ id: 1, width: 3, area: 6, updatedAt: new Date(0) });
    }
    made.width = 4;
    made.save();
    expect(made.area).toBe(8);
    expect(other.all(sql`SELECT width, area FROM rectangles`)).toEqual([{ width: 4, area: 8 }]);
  });

  describe('savepoints', () => {
    it('undo what was done in them and no more', () => {
      const post = Post.create({ title: 'a' });
      db.transaction(() => {
        post.reads = 1;
        post.save();
        undone(() => {
          post.reads = 2;
          post.save();
          undone(() => {
            post.title = 'b';
            post.save();
          });
          post.title = 'a';
          expect(statementsOf(db, () => post.save())).toEqual([]);
        });
        expect(rows()).toEqual([{ id: 1, title: 'a', reads: 1 }]);
        expect(statementsOf(db, () => post.save())).toEqual([update('reads', 'updated_at')]);
      });
      expect(rows()).toEqual([{ id: 1, title: 'a', reads: 2 }]);
      expect(statementsOf(db, () => post.save())).toEqual([]);
    });

    it('that are released are undone with what is around them', () => {
      const post = Post.create({ title: 'a' });
      let made!: Post;
      undone(() => {
        db.transaction(() => {
          post.reads = 1;
          post.save();
          made = Post.create({ title: 'b' });
        });
        db.transaction(() => {
          post.reads = 2;
          post.save();
        });
      });
      expect(rows()).toEqual([{ id: 1, title: 'a', reads: 0 }]);
      expect(statementsOf(db, () => post.save())).toHaveLength(1);
      made.save();
      expect(rows()).toEqual([
        { id: 1, title: 'a', reads: 2 },
        { id: 2, title: 'b', reads: 0 },
      ]);
    });

    it('of a create, saved outside of them, insert once', () => {
      let post!: Post;
      db.transaction(() => {
        undone(() => {
          post = Post.create({ title: 'a' });
        });
        post.save();
        expect(statementsOf(db, () => post.save())).toEqual([]);
      });
      expect(rows()).toEqual([{ id: 1, title: 'a', reads: 0 }]);
    });

    it('tell what is stored after any sequence of saves, rollbacks and commits', () => {
      const post = Post.create({ title: 'a' });
      for (let pattern = 0; pattern < 64; pattern++) {
        const [keepOuter, keepInner, saveOuter, saveInner, saveAfter, saveLast] = [1, 2, 4, 8, 16, 32].map(
          (bit) => (pattern & bit) !== 0,
        );
        const within = (keep: boolean | undefined, work: () => void) => (keep ? db.transaction(work) : undone(work));
        const write = (really: boolean | undefined) => {
          post.reads++;
          if (really) post.save();
        };
        within(keepOuter, () => {
          write(saveOuter);
          within(keepInner, () => write(saveInner));
          write(saveAfter);
        });
        if (saveLast) {
          post.save();
          expect(rows(), `pattern ${pattern}`).toEqual([{ id: 1, title: 'a', reads: post.reads }]);
        }
        const stored = rows()[0]!['reads'];
        const changed = stored !== post.reads;
        expect(statementsOf(db, () => post.save()).length > 0, `pattern ${pattern}`).toBe(changed);
        expect(rows(), `pattern ${pattern}`).toEqual([{ id: 1, title: 'a', reads: post.reads }]);
      }
    });
  });

  it('begin and rollBack by hand do the same', () => {
    const post = Post.create({ title: 'a' });
    const transaction = db.begin();
    post.reads = 4;
    post.save();
    transaction.rollBack();
    expect(statementsOf(db, () => post.save())).toHaveLength(1);
    expect(rows()).toEqual([{ id: 1, title: 'a', reads: 4 }]);
  });

  it('a transaction that SQLite rolls back by itself does the same', () => {
    db.execute(
      `CREATE TRIGGER full BEFORE UPDATE ON posts WHEN new.reads > 100 BEGIN SELECT RAISE(ROLLBACK, 'too many'); END`,
    );
    const post = Post.create({ title: 'a' });
    expect(() =>
      db.transaction(() => {
        post.title = 'b';
        post.save();
        post.reads = 101;
        post.save();
      }),
    ).toThrow('too many');
    expect(rows()).toEqual([{ id: 1, title: 'a', reads: 0 }]);
    post.reads = 1;
    post.save();
    expect(rows()).toEqual([{ id: 1, title: 'b', reads: 1 }]);
  });
});
