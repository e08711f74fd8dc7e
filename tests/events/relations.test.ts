import { beforeEach, describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  belongsTo,
  belongsToAny,
  CancelledError,
  choice,
  DefinitionError,
  hasMany,
  hasOne,
  id,
  integer,
  manyToMany,
  Model,
  RecursiveHookError,
  sql,
  table,
  text,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from './stop-later.js';

@table('teams')
class Team extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Person, 'teamId') members!: Person[];
}

@table('people')
class Person extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ nullable: true }) teamId!: number | null;
  @belongsTo(() => Team, 'teamId', { nullable: true, onDelete: 'cascade' }) team!: Team | null;
  @hasOne(() => Badge, 'personId') badge!: Badge | null;
  @manyToMany(() => Skill) skills!: Skill[];
  @manyToMany(() => Person, { through: () => Friendship, from: 'person', to: 'friend' }) friends!: Person[];
  @hasMany(() => Note, 'subject') notes!: Note[];
}

@table('badges')
class Badge extends Model {
  @id() id!: Generated<number>;
  @integer() personId!: number;
  @belongsTo(() => Person, 'personId') person!: Person;
}

@table('skills')
class Skill extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @manyToMany(() => Person) people!: Person[];
}

@table('friendships', { primaryKey: ['personId', 'friendId'] })
class Friendship extends Model {
  @integer() personId!: number;
  @integer() friendId!: number;
  @integer({ default: 1 }) closeness!: Generated<number>;
  @belongsTo(() => Person, 'personId') person!: Person;
  @belongsTo(() => Person, 'friendId') friend!: Person;
}

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @choice(['person', 'team']) subjectType!: 'person' | 'team';
  @integer() subjectId!: number;
  @belongsToAny(() => ({ person: Person, team: Team }), 'subjectType', 'subjectId') subject!: Person | Team;
}

const models = [Team, Person, Badge, Skill, Friendship, Note];
const names = ['beforeAdd', 'afterAdd', 'beforeRemove', 'afterRemove'] as const;
const told: string[] = [];

/** Writes down every event: the relation with both keys, and `*` beside those whose instance is there. */
function watch(db: Database): void {
  for (const name of names) {
    db.on(name, ({ model, relation, owner, ownerKey, related, relatedKey }) => {
      const end = (key: unknown, instance: unknown) => `${String(key)}${instance === undefined ? '' : '*'}`;
      told.push(`${name} ${model.name}.${relation} ${end(ownerKey, owner)} ${end(relatedKey, related)}`);
    });
  }
}

/** Both events of a change, before and after. */
const both = (verb: 'Add' | 'Remove', ...changes: readonly string[]): string[] =>
  ['before', 'after'].flatMap((when) => changes.map((change) => `${when}${verb} ${change}`));

const insertPerson = 'INSERT INTO "people" ("name", "team_id") VALUES (?, ?)';

beforeEach(() => void told.splice(0));

describe.each(drivers)('events of a foreign key on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models });
    const [red, blue] = ['red', 'blue'].map((name) => Team.create({ name })) as [Team, Team];
    return { db, red, blue };
  };

  it('are told on both sides, however the row came to refer', async () => {
    const { db, red } = await opened();
    watch(db);
    expect(statementsOf(db, () => Person.create({ name: 'a', teamId: red.id }))).toEqual([
      'BEGIN IMMEDIATE',
      insertPerson,
      'COMMIT',
    ]);
    expect(told.splice(0)).toEqual([
      'beforeAdd Person.team undefined* 1',
      'beforeAdd Team.members 1 undefined*',
      'afterAdd Person.team 1* 1',
      'afterAdd Team.members 1 1*',
    ]);
    const made = red.related('members').create({ name: 'b' });
    expect(told.splice(0).slice(2)).toEqual(['afterAdd Person.team 2* 1*', 'afterAdd Team.members 1* 2*']);
    expect(statementsOf(db, () => expect(made.team).toBe(red))).toEqual([]);
    red.related('members').build({ name: 'c' }).save();
    expect(told.splice(0).slice(2)).toEqual(['afterAdd Person.team 3* 1', 'afterAdd Team.members 1 3*']);
    Person.create({ name: 'd' });
    made.fill({ name: 'bb' }).save();
    expect(told).toEqual([]);
  });

  it('are told of what it moved from, and then of what it moved to', async () => {
    const { db, red, blue } = await opened();
    const person = Person.create({ name: 'a', teamId: red.id });
    watch(db);
    person.team = blue;
    expect(told).toEqual([]); // nothing is written yet
    expect(statementsOf(db, () => person.save())).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "people" SET "team_id" = ? WHERE "id" = ?',
      'COMMIT',
    ]);
    const moved = (when: string) => [
      `${when}Remove Person.team 1* 1`,
      `${when}Remove Team.members 1 1*`,
      `${when}Add Person.team 1* 2*`,
      `${when}Add Team.members 2* 1*`,
    ];
    expect(told.splice(0)).toEqual([...moved('before'), ...moved('after')]);
    person.team = null;
    person.save();
    expect(told.splice(0)).toEqual(both('Remove', 'Person.team 1* 2', 'Team.members 2 1*'));
    person.delete();
    expect(told.splice(0)).toEqual([]);
    const badge = Badge.create({ personId: Person.create({ name: 'b' }).id });
    told.splice(0);
    badge.delete();
    expect(told).toEqual(both('Remove', 'Badge.person 1* 1', 'Person.badge 1 1*'));
  });

  it('keep it from being written by cancel, or by any error', async () => {
    const { red, blue } = await opened();
    const person = Person.create({ name: 'a', teamId: red.id });
    const stop = Team.on('beforeAdd', (event) => event.cancel('full'), { where: ({ ownerKey }) => ownerKey === 2 });
    person.team = blue;
    expect(() => person.save()).toThrow(new CancelledError('Team', 'beforeAdd', 'full').message);
    expect(person.reload().teamId).toBe(1);
    expect(() => blue.related('members').create({ name: 'b' })).toThrow(CancelledError);
    expect(Person.count()).toBe(1);
    stop();
    stopLater(
      Person.on('afterRemove', () => {
        throw new Error('boom');
      }),
    );
    person.team = blue;
    expect(() => person.save()).toThrow('boom');
    expect(Person.findById(1)!.teamId).toBe(1);
  });

  it('are told in graphs and units of work, with the instances', async () => {
    const { db, red } = await opened();
    watch(db);
    const sources = new Set<string>();
    db.on('afterAdd', ({ source }) => void sources.add(source));
    Team.createGraph({ name: 'green', members: [{ name: 'a', badge: {} }, { name: 'b' }] });
    expect(told.splice(0).filter((each) => each.startsWith('after'))).toEqual([
      'afterAdd Person.team 1* 3*',
      'afterAdd Team.members 3* 1*',
      'afterAdd Person.team 2* 3*',
      'afterAdd Team.members 3* 2*',
      'afterAdd Badge.person 1* 1*',
      'afterAdd Person.badge 1* 1*',
    ]);
    db.unitOfWork((work) => {
      work.find(Person, 1)!.team = red;
      work.create(Person, { name: 'c', team: work.create(Team, { name: 'late' }) });
    });
    expect(told.filter((each) => each.startsWith('after'))).toEqual([
      'afterAdd Person.team 3* 4*',
      'afterAdd Team.members 4* 3*',
      'afterRemove Person.team 1* 3',
      'afterRemove Team.members 3 1*',
      'afterAdd Person.team 1* 1*',
      'afterAdd Team.members 1* 1*',
    ]);
    expect([...sources]).toEqual(['flush']);
  });

  it('are told of the key alone once it is known, where rows refer to each other', async () => {
    @table('hens')
    class Hen extends Model {
      @id() id!: Generated<number>;
      @integer() eggId!: number;
      @belongsTo(() => Egg, 'eggId', { deferrable: true }) egg!: Egg;
    }
    @table('eggs')
    class Egg extends Model {
      @id() id!: Generated<number>;
      @integer() henId!: number;
      @belongsTo(() => Hen, 'henId', { deferrable: true }) hen!: Hen;
    }
    const db = await open({ models: [Hen, Egg] });
    watch(db);
    const hen: { egg: object } = { egg: {} };
    (hen.egg as { hen: object }).hen = hen;
    Hen.createGraph(hen);
    const after = told.filter((each) => each.startsWith('after'));
    expect(after.sort()).toEqual(['afterAdd Egg.hen 1* 1*', 'afterAdd Hen.egg 1* 1*']);
  });

  it('are told of one of several models, where it changes, too', async () => {
    const { db, red } = await opened();
    const person = Person.create({ name: 'a' });
    watch(db);
    const note = Note.create({ subjectType: 'person', subjectId: person.id });
    expect(told.splice(0).slice(2)).toEqual(['afterAdd Note.subject 1* 1', 'afterAdd Person.notes 1 1*']);
    note.subject = red;
    note.save();
    expect(told.filter((each) => each.startsWith('after'))).toEqual([
      'afterRemove Note.subject 1* 1',
      'afterRemove Person.notes 1 1*',
      'afterAdd Note.subject 1* 1*',
    ]);
  });

  it('are told of rows that go with others, where cascades are told of', async () => {
    const db = await open({ models, cascadeEvents: true });
    const red = Team.create({ name: 'red' });
    Person.create({ name: 'a', teamId: red.id });
    const heard: string[] = [];
    db.on('afterRemove', ({ relation, source }) => heard.push(`${relation} ${source}`));
    red.delete();
    expect(heard).toEqual(['team cascade', 'members cascade']);
    const ann = Person.create({ name: 'Ann' });
    ann.related('skills').create({ name: 'x' });
    heard.splice(0);
    ann.delete();
    expect(heard).toEqual(['skills cascade', 'people cascade']);
  });

  it('are not told of bulk verbs and raw SQL, and cost other models nothing', async () => {
    const { db, red } = await opened();
    Person.create({ name: 'a', teamId: red.id });
    watch(db);
    Person.filter({ id: 1 }).update({ teamId: 2 });
    db.run(sql`UPDATE people SET team_id = 1`);
    Person.deleteAll();
    expect(told).toEqual([]);
    expect(statementsOf(db, () => Skill.create({ name: 'x' }))).toEqual(['INSERT INTO "skills" ("name") VALUES (?)']);
    expect(statementsOf(db, () => red.fill({ name: 'pink' }).save())).toHaveLength(1);
  });

  it('come to an end, and cost nothing then', async () => {
    const { db } = await opened();
    const statements = () => statementsOf(db, () => Person.create({ name: 'a', teamId: 1 })).length;
    expect(statements()).toBe(1);
    const stop = Team.on('afterAdd', () => undefined);
    expect(statements()).toBe(3);
    expect(statementsOf(db, () => Badge.create({ personId: 1 }))).toHaveLength(1);
    stop();
    expect(statements()).toBe(1);
  });
});

describe.each(drivers)('events of links on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models });
    const [ann, ben] = ['Ann', 'Ben'].map((name) => Person.create({ name })) as [Person, Person];
    const skills = ['x', 'y', 'z'].map((name) => Skill.create({ name })) as [Skill, Skill, Skill];
    return { db, ann, ben, skills };
  };
  const read = 'SELECT "skills_id" FROM "people_skills" WHERE';
  const key = '("people_id", "skills_id")';

  it('are told of what attach changes, with one more statement and a transaction', async () => {
    const { db, ann, skills } = await opened();
    const [x, y] = skills;
    ann.related('skills').attach(x);
    const plain = statementsOf(db, () => ann.related('skills').attach(x));
    expect(plain).toHaveLength(1);
    watch(db);
    let count = 0;
    expect(statementsOf(db, () => (count = ann.related('skills').attach([x, y, 3])))).toEqual([
      'BEGIN IMMEDIATE',
      `${read} "people_id" = ? AND "skills_id" IN (SELECT "value" FROM json_each(?))`,
      `INSERT INTO "people_skills" ${key} VALUES (?, ?), (?, ?)`,
      'COMMIT',
    ]);
    expect(count).toBe(2);
    const added = (when: string) => [
      `${when}Add Person.skills 1* 2*`,
      `${when}Add Person.skills 1* 3`,
      `${when}Add Skill.people 2* 1*`,
      `${when}Add Skill.people 3 1*`,
    ];
    expect(told).toEqual([...added('before'), ...added('after')]);
    expect(statementsOf(db, () => ann.related('skills').attach([]))).toEqual([]);
  });

  it('are told of what detach, sync and toggle change, and of nothing else', async () => {
    const { db, ann, skills } = await opened();
    const [x, y, z] = skills;
    ann.related('skills').attach([x, y]);
    stopLater(Person.on('afterAdd', ({ relation, relatedKey }) => told.push(`+${relation} ${String(relatedKey)}`)));
    stopLater(Person.on('afterRemove', ({ relation, relatedKey }) => told.push(`-${relation} ${String(relatedKey)}`)));
    expect(ann.related('skills').sync([y, z])).toEqual({ attached: [3], detached: [1], updated: [] });
    expect(told.splice(0)).toEqual(['-skills 1', '+skills 3']);
    expect(statementsOf(db, () => ann.related('skills').sync([y, z]))).toHaveLength(3);
    expect(ann.related('skills').toggle([x, y])).toEqual({ attached: [1], detached: [2] });
    expect(told.splice(0)).toEqual(['-skills 2', '+skills 1']);
    expect(ann.related('skills').detach([x, y])).toBe(1);
    expect(told.splice(0)).toEqual(['-skills 1']);
    expect(ann.related('skills').detach()).toBe(1);
    expect(ann.related('skills').detach()).toBe(0);
    expect(told).toEqual(['-skills 3']);
    expect(ann.skills).toEqual([]);
    ann.related('skills').attach(z);
    expect(ann.related('skills').sync([])).toEqual({ attached: [], detached: [3], updated: [] });
    expect(told.splice(1)).toEqual(['+skills 3', '-skills 3']);
    skills[0].related('people').create({ name: 'Cid' });
    expect(told).toEqual(['-skills 3', '+skills 1']);
  });

  it('are cancelled, and nothing of it is written', async () => {
    const { ann, skills } = await opened();
    ann.related('skills').attach(skills[0]);
    const stop = Skill.on('beforeAdd', (event) => event.cancel(), { where: ({ ownerKey }) => ownerKey === 3 });
    expect(() => ann.related('skills').sync([2, 3])).toThrow(CancelledError);
    expect(() => ann.related('skills').attach([2, 3])).toThrow(CancelledError);
    expect(ann.related('skills').pluck('id')).toEqual([1]);
    expect(ann.related('skills').attach(2)).toBe(1);
    stop();
    stopLater(Person.on('beforeRemove', (event) => event.cancel()));
    expect(() => ann.related('skills').detach(1)).toThrow(CancelledError);
    expect(ann.related('skills').count()).toBe(2);
  });

  it('refuse a listener that makes just that change, from whichever end, and let it make others', async () => {
    const { ann, skills } = await opened();
    const [x, y] = skills;
    const listen = (change: (owner: Person) => unknown) =>
      Person.on('beforeAdd', ({ owner }) => void change(owner!), { where: ({ relatedKey }) => relatedKey === x.id });
    for (const [model, change] of [
      ['Person', (owner: Person) => owner.related('skills').attach(x)],
      ['Person', (owner: Person) => owner.related('skills').sync([y, x])],
      ['Skill', (owner: Person) => x.related('people').attach(owner)],
    ] as const) {
      const stop = listen(change);
      expect(() => ann.related('skills').attach([x, y])).toThrow(new RecursiveHookError(model, 'link'));
      expect(ann.related('skills').count()).toBe(0);
      stop();
    }
    const stop = listen((owner) => owner.related('skills').attach(3));
    ann.related('skills').attach(x);
    stop();
    expect(ann.related('skills').orderBy('id').pluck('id')).toEqual([1, 3]);
    stopLater(Person.on('beforeRemove', ({ owner }) => void owner!.related('skills').detach()));
    expect(() => ann.related('skills').detach(x)).toThrow(
      'A listener before a relation of Person changes makes the very change that it is told of.',
    );
    expect(ann.related('skills').count()).toBe(2);
  });

  it('are told with the columns that a join model is given, and of its rows themselves', async () => {
    const { db, ann, ben } = await opened();
    const pivots: unknown[] = [];
    stopLater(Person.on('afterAdd', ({ relation, relatedKey, pivot }) => pivots.push([relation, relatedKey, pivot])));
    ann.related('friends').attach<Friendship>(ben, { closeness: 3 });
    expect(pivots).toEqual([['friends', 2, { closeness: 3 }]]);
    ann.related('friends').attach<Friendship>(ben, { closeness: 4 });
    expect(pivots).toHaveLength(1); // the link stays
    expect(Friendship.query().pluck('closeness')).toEqual([4]);
    watch(db);
    Friendship.create({ personId: 2, friendId: 1 });
    expect(told.splice(0).filter((each) => each.startsWith('after'))).toEqual([
      'afterAdd Friendship.person [object Object]* 2',
      'afterAdd Person.friends 2 1',
      'afterAdd Friendship.friend [object Object]* 1',
    ]);
  });

  it('are told in graphs, where the table between has no model', async () => {
    const { db } = await opened();
    watch(db);
    Person.createGraph({ name: 'Eve', skills: [{ name: 'new' }, { name: 'other' }] });
    expect(told.filter((each) => each.startsWith('after')).sort()).toEqual([
      'afterAdd Person.skills 3* 4*',
      'afterAdd Person.skills 3* 5*',
      'afterAdd Skill.people 4* 3*',
      'afterAdd Skill.people 5* 3*',
    ]);
  });

  it('of one database are not told of another one, and those of a model of no other', async () => {
    const { ann } = await opened();
    const other = await open({ alias: 'other', models: [] });
    other.on('afterAdd', () => told.push('other'));
    stopLater(Person.using(other).on('afterAdd', () => told.push('view')));
    stopLater(Team.on('afterAdd', () => told.push('Team')));
    ann.related('skills').attach(1);
    expect(told).toEqual([]);
  });
});

describe.each(drivers)('listeners of relations on $name', ({ open }) => {
  it('are called by priority, stop each other, and may not wait', async () => {
    await open({ models });
    Team.create({ name: 'red' });
    stopLater(Team.on('afterAdd', () => told.push('second')));
    stopLater(Team.on('afterAdd', () => told.push('first'), { priority: 1 }));
    stopLater(
      Team.on('afterAdd', (event) => event.stopPropagation(), { where: ({ related }) => related !== undefined }),
    );
    stopLater(Team.on('afterAdd', () => told.push('never')));
    Person.create({ name: 'a', teamId: 1 });
    expect(told).toEqual(['first', 'second']);
    stopLater(Team.on('beforeRemove', async () => Promise.resolve()));
    expect(() => Person.findById(1)!.delete()).toThrow(AsyncCallbackError);
    expect(Person.count()).toBe(1);
    expect(() => Team.on('beforAdd' as never, () => undefined)).toThrow(DefinitionError);
    expect(() => Team.on('beforAdd' as never, () => undefined)).toThrow('Did you mean "beforeAdd"?');
  });
});
