import { describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  belongsTo,
  choice,
  defineModel,
  id,
  InvalidValueError,
  integer,
  json,
  MissingFieldError,
  Model,
  rule,
  rules,
  scope,
  table,
  text,
  validate,
  ValidationError,
  type Failure,
  type Generated,
  type StandardSchema,
} from 'litemodel';
import { runSync } from '../../src/database/index.js';
import { schemaOf } from '../../src/model/binding.js';
import { validateInstance } from '../../src/model/instance.js';
import { BoundTable } from '../../src/query/index.js';
import { dialects, run } from '../dialects/compile.js';
import { stopLater } from '../events/stop-later.js';
import { drivers, statementsOf } from '../open-database.js';

/** A schema as other libraries have them, which wants a theme that it knows. */
const themed: StandardSchema<{ theme: string }> = {
  '~standard': {
    version: 1,
    vendor: 'handmade',
    validate: (value) => {
      const { theme } = value as { theme: string };
      if (theme === 'dark') return { value: { theme } };
      return { issues: [{ message: 'must be dark', path: [{ key: 'theme' }] }, { message: 'is dull' }] };
    },
  },
};

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @validate(rules.email(), rules.maxLength(12), rules.unique()) @text() email!: string;
  @validate(rules.required({ message: 'must be given' }), rules.minLength(2)) @text() name!: string;
  @validate(rules.min(18)) @integer({ default: 20 }) age!: Generated<number>;
  @choice(['admin', 'guest'], { default: 'guest' }) role!: Generated<'admin' | 'guest'>;
  @validate(rules.url()) @text({ nullable: true }) site!: string | null;
  @validate(themed) @json({ nullable: true }) settings!: { theme: string } | null;
  /** No column. */
  @validate(rules.minLength(8)) password?: string;

  @validate() adminsAreOld() {
    if (this.role === 'admin' && this.age < 30) return { path: 'role', message: 'needs an age of 30' };
    return undefined;
  }
  @validate() notTwice() {
    return this.name.toLowerCase() !== this.email || 'name and email must differ';
  }
}

const good = { email: 'ann@x.org', name: 'Ann' };

/** What a save fails with. */
function failuresOf(work: () => unknown): readonly Failure[] {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError);
    return (error as ValidationError).failures;
  }
  throw new Error('Nothing was thrown.');
}

describe.each(drivers)('validation on $name', ({ open }) => {
  it('lists all that is wrong at once, before any statement', async () => {
    const db = await open({ models: [User] });
    const user = User.build({ email: 'ann', name: ' ', age: 3, role: 'admin', site: 'x', settings: { theme: 'x' } });
    user.password = 'short';
    const expected = [
      { path: 'email', rule: 'email', message: 'must be an e-mail address' },
      { path: 'name', rule: 'required', message: 'must be given' },
      { path: 'name', rule: 'minLength', message: 'must have a length of at least 2' },
      { path: 'age', rule: 'min', message: 'must be at least 18' },
      { path: 'site', rule: 'url', message: 'must be a URL' },
      { path: 'settings.theme', rule: 'handmade', message: 'must be dark' },
      { path: 'settings', rule: 'handmade', message: 'is dull' },
      { path: 'password', rule: 'minLength', message: 'must have a length of at least 8' },
      { path: 'role', rule: 'adminsAreOld', message: 'needs an age of 30' },
    ];
    const asked = 'SELECT 1 FROM "users" WHERE "email" = ? LIMIT 1';
    expect(statementsOf(db, () => expect(failuresOf(() => user.save())).toEqual(expected))).toEqual([asked]);
    expect(statementsOf(db, () => expect(user.validate()).toEqual(expected))).toEqual([asked]);
    expect(User.count()).toBe(0);
  });

  it('has a message with all of it, and none of the values', async () => {
    await open({ models: [User] });
    expect(() => User.create({ email: 'secret', name: 'secret' })).toThrow(
      new ValidationError('User', [
        { path: 'email', rule: 'email', message: 'must be an e-mail address' },
        { path: '', rule: 'notTwice', message: 'name and email must differ' },
      ]),
    );
    expect(() => User.create({ email: 'secret', name: 'secret' })).toThrow(
      'This User is not valid: email must be an e-mail address; name and email must differ.',
    );
  });

  it('takes what its columns would refuse into the list, and asks no rule about that', async () => {
    const db = await open({ models: [User] });
    const user = User.build({ age: 'x', role: 'boss', site: 3, name: null } as never);
    const statements = statementsOf(db, () => {
      expect(failuresOf(() => user.save())).toEqual([
        { path: 'email', rule: 'required', message: 'is required' },
        { path: 'name', rule: 'required', message: 'is required' },
        { path: 'age', rule: 'type', message: 'must be a whole number within ±(2^53 - 1)' },
        { path: 'role', rule: 'choice', message: 'must be one of "admin", "guest"' },
        { path: 'site', rule: 'type', message: 'must be a string without half surrogate pairs' },
      ]);
    });
    expect(statements).toEqual([]);
    const ann = User.create(good);
    ann.site = undefined as never;
    ann.name = undefined as never; // on which a method would stumble
    expect(ann.validate()).toEqual([
      { path: 'name', rule: 'required', message: 'is required' },
      { path: 'site', rule: 'type', message: 'must be a string without half surrogate pairs' },
    ]);
  });

  it('lets a good one through, by the statements that it takes without rules', async () => {
    const db = await open({ models: [User] });
    const statements = statementsOf(db, () => User.create(good));
    expect(statements).toEqual([
      'SELECT 1 FROM "users" WHERE "email" = ? LIMIT 1',
      expect.stringMatching(/^INSERT INTO "users"/),
    ]);
    const ann = User.findById(1)!;
    expect(statementsOf(db, () => ann.fill({ name: 'Anna' }).save())).toEqual([
      'UPDATE "users" SET "name" = ? WHERE "id" = ?',
    ]);
    expect(ann.validate()).toEqual([]);
  });

  it('keeps an update from being written', async () => {
    await open({ models: [User] });
    const ann = User.create(good);
    ann.age = 3;
    expect(failuresOf(() => ann.save())).toEqual([{ path: 'age', rule: 'min', message: 'must be at least 18' }]);
    expect(User.findById(1)!.age).toBe(20);
  });

  it('asks whether a value is unique: of others, where it is new or changed, and as it is stored', async () => {
    const db = await open({ models: [User] });
    const ann = User.create(good);
    const bob = User.create({ email: 'bob@x.org', name: 'Bob' });
    bob.email = 'ann@x.org';
    const statements = statementsOf(db, () => {
      expect(failuresOf(() => bob.save())).toEqual([{ path: 'email', rule: 'unique', message: 'is taken' }]);
    });
    expect(statements).toEqual(['SELECT 1 FROM "users" WHERE "email" = ? AND NOT ("id" = ?) LIMIT 1']);
    bob.email = 'bob@x.org';
    expect([ann.validate(), bob.validate()]).toEqual([[], []]);
    expect(failuresOf(() => User.create(good))).toEqual([{ path: 'email', rule: 'unique', message: 'is taken' }]);
  });

  it('asks for uniqueness within other fields, whatever the scopes', async () => {
    @table('members', { primaryKey: ['team', 'number'], scopes: [scope<Member>('active', { active: 1 })] })
    class Member extends Model {
      @integer() team!: number;
      @integer() number!: number;
      @integer({ default: 0 }) active!: Generated<number>;
      @validate(rules.unique({ within: ['team'], message: 'is on that shirt' })) @text({ nullable: true }) name!:
        string | null;
    }
    const db = await open({ models: [Member] });
    Member.create({ team: 1, number: 1, name: 'Ann' });
    Member.create({ team: 2, number: 1, name: 'Ann' });
    Member.create({ team: 1, number: 2 });
    Member.create({ team: 1, number: 3 });
    expect(failuresOf(() => Member.create({ team: 1, number: 4, name: 'Ann' }))[0]!.message).toBe('is on that shirt');
    const moved = Member.query().unscoped().filter({ team: 2 }).one();
    moved.team = 1;
    moved.number = 9;
    expect(statementsOf(db, () => expect(moved.validate()).toHaveLength(1))).toEqual([
      'SELECT 1 FROM "members" WHERE "name" = ? AND "team" = ? AND NOT ("team" = ? AND "number" = ?) LIMIT 1',
    ]);
  });

  it('runs with what is created or updated through other verbs, and not with queries', async () => {
    await open({ models: [User] });
    const bad = { email: 'x', name: 'Ann' };
    expect(() => User.findOrCreate(bad)).toThrow(ValidationError);
    expect(() => User.updateOrCreate(bad, {})).toThrow(ValidationError);
    const ann = User.create(good);
    expect(() => User.updateOrCreate(good, { age: 1 })).toThrow(ValidationError);
    User.filter({ id: 1 }).update({ age: 1, email: 'x' });
    expect(ann.reload().age).toBe(1);
    expect(ann.validate().map(({ path }) => path)).toEqual(['email', 'age']);
    expect(() => ann.save()).toThrow(ValidationError); // nothing is changed, but it is not valid
    expect(ann.delete()).toBe(true);
  });

  it('comes before what listeners of a save do, and after those that listen to it', async () => {
    const db = await open({ models: [User] });
    const order: string[] = [];
    for (const name of ['beforeValidate', 'afterValidate', 'beforeSave', 'beforeCreate'] as const) {
      db.on(name, () => void order.push(name));
    }
    stopLater(User.on('beforeValidate', ({ instance }) => void (instance.email = instance.email.trim())));
    expect(() => User.create({ email: ' ann@x.org ', name: 'A' })).toThrow('name must have a length of at least 2.');
    expect(order.splice(0)).toEqual(['beforeValidate']);
    expect(User.build({ email: ' ann@x.org ', name: 'A' }).validate()).toHaveLength(1);
    expect(order.splice(0)).toEqual(['beforeValidate']);
    expect(User.create({ email: ' ann@x.org ', name: 'Ann' }).email).toBe('ann@x.org');
    expect(order).toEqual(['beforeValidate', 'afterValidate', 'beforeSave', 'beforeCreate']);
  });

  it('undoes nothing of a transaction around it', async () => {
    const db = await open({ models: [User] });
    db.transaction(() => {
      User.create(good);
      expect(() => User.create({ email: 'x', name: 'Bob' })).toThrow(ValidationError);
    });
    expect(User.count()).toBe(1);
  });

  it('is asked of rules of your own and of what other models extend', async () => {
    const even = rule('even', (value: number, instance) => value % 2 === 0 || 'odd' in instance, 'must be even');
    class Parent extends Model {
      @id() id!: Generated<number>;
      @validate(even) @integer() count!: number;
      @validate() check(): boolean {
        return true;
      }
    }
    @table('things')
    class Thing extends Parent {
      @validate(rules.max(9)) @integer() override count = 0;
      override check() {
        return this.count !== 4;
      }
      @validate() several() {
        return [
          { path: 'count', message: 'is one' },
          { path: '', message: 'is two' },
        ].slice(0, this.count === 6 ? 2 : 0);
      }
    }
    await open({ models: [Thing] });
    const rulesOf = (count: number) =>
      Thing.build({ count })
        .validate()
        .map((each) => `${each.path} ${each.rule} ${each.message}`);
    expect(rulesOf(2)).toEqual([]);
    expect(rulesOf(11)).toEqual(['count even must be even', 'count max must be at most 9']);
    expect(rulesOf(4)).toEqual([' check is not valid']);
    expect(rulesOf(6)).toEqual(['count several is one', ' several is two']);
  });

  it('knows the key of a relation that was assigned', async () => {
    @table('notes')
    class Note extends Model {
      @id() id!: Generated<number>;
      @validate(rules.positive()) @integer() userId!: number;
      @belongsTo(() => User, 'userId') user!: User;
    }
    await open({ models: [User, Note] });
    const note = new Note();
    expect(note.validate()).toEqual([{ path: 'userId', rule: 'required', message: 'is required' }]);
    note.user = User.create(good);
    expect(note.validate()).toEqual([]);
  });

  it('does not judge a hidden column where the database does not show it', async () => {
    const db = await open({ models: [User] });
    const user = User.build({ email: 'x', name: 'y' });
    const shown = schemaOf(User).without([schemaOf(User).column('name')]); // as a window of Electron may have it
    const failures = runSync(db, validateInstance(new BoundTable(shown, db), user));
    expect(failures.map(({ path }) => path)).toEqual(['email']);
  });

  it('refuses a promise where nothing can wait', async () => {
    @table('late')
    class Late extends Model {
      @id() id!: Generated<number>;
      @validate(rule('later', async () => Promise.reject(new Error('boom')), 'never')) @text() title!: string;
    }
    await open({ models: [Late] });
    expect(() => Late.create({ title: 'x' })).toThrow(AsyncCallbackError);
    expect(() => Late.create({ title: 'x' })).toThrow('The rule "later" returned a promise,');
    expect(Late.count()).toBe(0);
  });

  it('is there without rules: validate lists what the columns refuse, save throws as ever', async () => {
    class Note extends defineModel('notes', { id: id(), title: text(), size: integer() }) {}
    await open({ models: [Note] });
    const note = Note.build({ size: 1.5 });
    expect(note.validate()).toEqual([
      { path: 'title', rule: 'required', message: 'is required' },
      { path: 'size', rule: 'type', message: 'must be a whole number within ±(2^53 - 1)' },
    ]);
    expect(() => note.save()).toThrow(InvalidValueError);
    expect(() => Note.build({ size: 1 }).save()).toThrow(MissingFieldError);
  });
});

const program = (decorated: string) => `
  import { id, Model, rules, table, text, validate } from 'litemodel';
  @table('things')
  export class Thing extends Model {
    @id() id;
    ${decorated}
  }`;

describe.each(dialects)('@validate in $name', (dialect) => {
  it('stands beside a column, above or below, and on methods', async () => {
    const { Thing } = run(
      dialect,
      program(`
        @validate(rules.minLength(2)) @text() one;
        @text() @validate(rules.minLength(2)) two;
        @validate() check() { return this.one === this.two || 'must be the same'; }`),
    ) as { Thing: typeof Model & { build(fields: object): Model } };
    await drivers[0]!.open({ models: [Thing] });
    expect(
      Thing.build({ one: 'a', two: 'b' })
        .validate()
        .map(({ path }) => path),
    ).toEqual(['one', 'two', '']);
  });

  it('asks a method once that a subclass has anew', async () => {
    const { Other } = run(
      dialect,
      program(`
        @validate() check() { return 'never'; }
      }
      @table('others')
      export class Other extends Thing {
        @validate() check() { return 'once'; }`),
    ) as { Other: typeof Model & { build(fields: object): Model } };
    await drivers[0]!.open({ models: [Other] });
    expect(Other.build({}).validate()).toEqual([{ path: '', rule: 'check', message: 'once' }]);
    expect(() => Other.build({}).save()).toThrow('is not valid: once.');
  });

  it('refuses what it cannot stand on', () => {
    expect(() => run(dialect, program('@validate() other;'))).toThrow('which is no method of the instances.');
    expect(() => run(dialect, program('@validate(rules.email()) other() {}'))).toThrow('is no field.');
  });

  it('refuses what is no rule, and what a method returns that says nothing', async () => {
    for (const none of ['null', '5', '{}', "{ '~standard': {} }", '() => true']) {
      expect(() => run(dialect, program(`@validate(${none}) @text() one;`))).toThrow(
        '@validate takes rules, and schemas',
      );
    }
    const { Thing } = run(dialect, program('@validate() check() { return this.outcome; }')) as {
      Thing: typeof Model & { build(fields: object): Model };
    };
    await drivers[0]!.open({ models: [Thing] });
    for (const outcome of [null, 5, {}, { message: 'x' }, [null], ['x']]) {
      const thing = Object.assign(Thing.build({}), { outcome });
      expect(() => thing.validate()).toThrow('Thing.check() returned what says neither');
    }
  });
});
