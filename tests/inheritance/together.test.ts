import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  belongsToAny,
  beforeSave,
  hasMany,
  id,
  integer,
  manyToMany,
  Model,
  QueryError,
  rules,
  sql,
  StaleRecordError,
  subtype,
  table,
  text,
  validate,
  ValidationError,
  version,
  type Generated,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { drivers, statementsOf } from '../open-database.js';

const heard: string[] = [];

@table('animals', { discriminator: 'kind' })
abstract class Animal extends Model {
  @id() id!: Generated<number>;
  readonly kind!: string;
  @validate(rules.unique()) @text({ unique: true }) name!: string;
  @integer({ nullable: true }) keeperId!: number | null;
  @version() version!: Generated<number>;
  @belongsTo(() => Keeper, 'keeperId', { nullable: true }) keeper!: Keeper | null;
  @hasMany(() => Note, 'about') notes!: Note[];

  @beforeSave() tidy(): void {
    heard.push(`tidy ${this.kind} ${this.name}`);
  }

  afterLoad(): void {
    heard.push(`load ${this.name}`);
  }
}

@subtype('dog')
class Dog extends Animal {
  @integer({ default: 0 }) tricks!: Generated<number>;
  @integer({ nullable: true }) friendId!: number | null;
  @belongsTo(() => Dog, 'friendId', { nullable: true }) friend!: Dog | null;
  @manyToMany(() => Toy) toys!: Toy[];

  override afterLoad(): void {
    heard.push(`load dog ${this.name}`);
  }

  afterUpdate({ changes }: { readonly changes: object }): void {
    heard.push(`updated ${Object.keys(changes).join()}`);
  }
}

@subtype('cat')
class Cat extends Animal {
  @integer({ nullable: true }) lives!: number | null;
}

@table('keepers')
class Keeper extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Animal, 'keeperId') animals!: Animal[];
  @hasMany(() => Dog, 'keeperId') dogs!: Dog[];
}

@table('toys')
class Toy extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @manyToMany(() => Dog) dogs!: Dog[];
}

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() aboutType!: string;
  @integer() aboutId!: number;
  @belongsToAny(() => ({ animal: Animal, keeper: Keeper }), 'aboutType', 'aboutId')
  about!: Animal | Keeper;
}

const models = [Animal, Keeper, Toy, Note];

describe.each(drivers)('subtypes on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models });
    const ann = Keeper.createGraph({ name: 'Ann', dogs: [{ name: 'Rex', tricks: 2 }] });
    const rex = ann.dogs[0]!;
    const tom = Cat.create({ name: 'Tom', keeperId: ann.id, lives: 7 });
    heard.length = 0;
    return { db, ann, rex, tom };
  };
  const rows = (db: Awaited<ReturnType<typeof open>>) =>
    db.all(sql`SELECT name, kind, tricks, lives, version, keeper_id FROM animals ORDER BY id`);

  it('hear events by the methods of their own class, whatever they are read by', async () => {
    const { rex } = await filled();
    expect(Animal.query().orderBy('id').all()).toEqual([expect.any(Dog), expect.any(Cat)]);
    expect(heard.splice(0).sort()).toEqual(['load Tom', 'load dog Rex']);
    Animal.findById(rex.id);
    expect(heard.splice(0)).toEqual(['load dog Rex']);
    Keeper.with('animals').first();
    expect(heard.splice(0).sort()).toEqual(['load Tom', 'load dog Rex']);
    const read = Animal.filter({ name: 'Rex' }).first() as Dog;
    heard.length = 0;
    read.tricks = 3;
    read.save();
    expect(heard.splice(0)).toEqual(['tidy dog Rex', 'updated version,tricks']);
    read.reload();
    expect(heard.splice(0)).toEqual(['load dog Rex']);
  });

  it('hear listeners of the parent, of their own class and of the database', async () => {
    const { db } = await filled();
    const stops = [
      Animal.on('afterLoad', ({ instance }) => heard.push(`animal ${instance.name}`)),
      Cat.on('afterLoad', ({ instance }) => heard.push(`cat ${instance.lives}`)),
      db.on('afterCreate', ({ model }) => heard.push(`new ${model.name}`)),
    ];
    Animal.all();
    expect(heard.splice(0).sort()).toEqual(['animal Rex', 'animal Tom', 'cat 7', 'load Tom', 'load dog Rex']);
    Cat.create({ name: 'Kit' });
    expect(heard.splice(0)).toEqual(['tidy cat Kit', 'new Cat']);
    for (const stop of stops) stop();
  });

  it('have versions, which all of them count', async () => {
    const { db, rex, tom } = await filled();
    const other = Animal.findById(rex.id) as Dog;
    rex.tricks = 5;
    expect(statementsOf(db, () => rex.save())).toContain(
      'UPDATE "animals" SET "tricks" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?',
    );
    other.tricks = 6;
    expect(() => other.save()).toThrow(StaleRecordError);
    Animal.filter({ keeperId: rex.keeperId }).update({ keeperId: null });
    tom.lives = 6;
    expect(() => tom.save()).toThrow(StaleRecordError);
    expect(rows(db)).toEqual([
      { name: 'Rex', kind: 'dog', tricks: 5, lives: null, version: 3, keeper_id: null },
      { name: 'Tom', kind: 'cat', tricks: null, lives: 7, version: 2, keeper_id: null },
    ]);
  });

  it('are one object each in a unit of work, which writes them whole', async () => {
    const { db, ann } = await filled();
    db.unitOfWork((work) => {
      const [rex, tom] = work.query(Animal).orderBy('id').all() as [Dog, Cat];
      expect([rex, tom]).toEqual([expect.any(Dog), expect.any(Cat)]);
      expect(work.find(Dog, rex.id)).toBe(rex);
      expect(work.find(Animal, tom.id)).toBe(tom);
      expect(work.find(Dog, tom.id)).toBeUndefined();
      expect(work.query(Keeper).with('animals', 'dogs').first()).toMatchObject({ animals: [rex, tom], dogs: [rex] });
      rex.tricks = 9;
      tom.lives = 1;
      const pup = work.create(Dog, { name: 'Pup', keeperId: ann.id });
      pup.friend = rex;
      const first = work.create(Dog, { name: 'First' });
      rex.friend = first;
      work.flush();
      expect(Array.from(work.query(Animal).filter({ name: 'Pup' }).all())).toEqual([pup]);
      db.run(sql`UPDATE animals SET lives = 4 WHERE id = ${tom.id}`);
      expect(work.query(Animal).filter({ id: tom.id }).first()).toBe(tom);
      expect(tom.lives).toBe(4);
    });
    expect(rows(db)).toEqual([
      { name: 'Rex', kind: 'dog', tricks: 9, lives: null, version: 2, keeper_id: ann.id },
      { name: 'Tom', kind: 'cat', tricks: null, lives: 4, version: 2, keeper_id: ann.id },
      { name: 'Pup', kind: 'dog', tricks: 0, lives: null, version: 1, keeper_id: ann.id },
      { name: 'First', kind: 'dog', tricks: 0, lives: null, version: 1, keeper_id: null },
    ]);
    expect(Dog.filter({ friend: { name: 'First' } }).pluck('name')).toEqual(['Rex']);
    db.unitOfWork((work) => {
      for (const each of work.query(Animal).all()) if (each.name !== 'Tom') work.delete(each);
    });
    expect(Animal.query().pluck('name')).toEqual(['Tom']);
  });

  it('are inserted by graphs, each as what it is', async () => {
    const { db } = await filled();
    const ben = Keeper.createGraph({ name: 'Ben', dogs: [{ name: 'Dot', friend: { name: 'Pal' } }], animals: [] });
    expect(ben.dogs[0]).toBeInstanceOf(Dog);
    const cat = new Cat();
    cat.name = 'Kit';
    Keeper.createGraph({ name: 'Cyd', animals: [cat] });
    expect(rows(db).slice(2)).toEqual([
      { name: 'Pal', kind: 'dog', tricks: 0, lives: null, version: 1, keeper_id: null },
      { name: 'Dot', kind: 'dog', tricks: 0, lives: null, version: 1, keeper_id: ben.id },
      { name: 'Kit', kind: 'cat', tricks: null, lives: null, version: 1, keeper_id: cat.keeperId },
    ]);
    expect(() => Keeper.createGraph({ name: 'Dan', animals: [{ name: 'Nil' }] })).toThrow(
      new QueryError('A Animal is made as one of its subtypes.', 'Use one of them: Dog, Cat.').message,
    );
    expect(() => Keeper.createGraph({ name: 'Dan', dogs: [cat as never] })).toThrow(QueryError);
    expect(Keeper.query().pluck('name')).toEqual(['Ann', 'Ben', 'Cyd']);
  });

  it('are linked by join tables, and by relations to one of several models', async () => {
    const { db, rex, tom } = await filled();
    expect(db.all(sql`SELECT name FROM sqlite_schema WHERE name = 'animals_toys'`)).toHaveLength(1);
    rex.related('toys').attach([Toy.create({ name: 'Ball' })]);
    expect(Dog.with('toys').first()!.toys[0]!.name).toBe('Ball');
    expect(Toy.with('dogs').first()!.dogs).toEqual([expect.any(Dog)]);
    tom.related('notes').create({} as never);
    const note = Note.create({ aboutType: 'animal', aboutId: rex.id });
    expect(note.about).toBeInstanceOf(Dog);
    note.about = tom;
    note.save();
    expect(Note.query().pluck('aboutId')).toEqual([tom.id, tom.id]);
    expect(
      Animal.with('notes')
        .orderBy('id')
        .all()
        .map(({ notes }) => notes.length),
    ).toEqual([0, 2]);
    expect(() => (rex.friend = tom as never)).toThrow(QueryError);
    expect(() => Dog.filter({ friend: tom as never }).all()).toThrow(QueryError);
    expect(Animal.query().orderBy('keeper.name', 'id').pluck('name')).toEqual(['Rex', 'Tom']);
  });

  it('are validated by the rules of their parent, over the rows of all', async () => {
    const { rex } = await filled();
    expect(() => Cat.create({ name: 'Rex' })).toThrow(ValidationError);
    rex.tricks = 1;
    expect(rex.validate()).toEqual([]);
    rex.name = 'Tom';
    expect(rex.validate()).toMatchObject([{ path: 'name', rule: 'unique' }]);
  });
});

it('hear events in the asynchronous face, too', async () => {
  @table('plants', { discriminator: 'kind' })
  abstract class Plant extends AsyncModel {
    @id() id!: Generated<number>;
  }
  @subtype('tree')
  class Tree extends Plant {
    @integer() height!: number;
    async afterLoad(): Promise<void> {
      await Promise.resolve();
      heard.push(`tree ${this.height}`);
    }
  }
  const db = await drivers[0]!.open({ models: [Plant] });
  await Tree.create({ height: 3 });
  heard.length = 0;
  await Plant.all();
  expect(heard).toEqual(['tree 3']);
  db.close();
});
