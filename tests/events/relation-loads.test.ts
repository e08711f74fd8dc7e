import { beforeEach, describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  belongsTo,
  belongsToAny,
  CancelledError,
  choice,
  hasMany,
  hasManyThrough,
  id,
  integer,
  manyToMany,
  Model,
  RecursiveHookError,
  recordSet,
  some,
  subtype,
  table,
  text,
  UnloadedRelationError,
  type BeforeRelationLoadEvent,
  type Database,
  type Generated,
  type RelationLoadEvent,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from './stop-later.js';

@table('writers')
class Writer extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Book, 'writerId') books!: Book[];
  @hasManyThrough(() => Review, 'books.reviews') reviews!: Review[];
  @hasMany(() => Note, 'subject') notes!: Note[];
}

@table('books')
class Book extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer() writerId!: number;
  @belongsTo(() => Writer, 'writerId') writer!: Writer;
  @hasMany(() => Review, 'bookId') reviews!: Review[];
  @manyToMany(() => Topic) topics!: Topic[];
}

@table('reviews')
class Review extends Model {
  @id() id!: Generated<number>;
  @integer() bookId!: number;
  @belongsTo(() => Book, 'bookId') book!: Book;
}

@table('topics')
class Topic extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @choice(['writer', 'book']) subjectType!: 'writer' | 'book';
  @integer() subjectId!: number;
  @belongsToAny(() => ({ writer: Writer, book: Book }), 'subjectType', 'subjectId') subject!: Writer | Book;
}

const models = [Writer, Book, Review, Topic, Note];
const told: string[] = [];
const boom = new Error('boom');

type Event = BeforeRelationLoadEvent<never> | RelationLoadEvent<never>;

/** An event in a line: `before Writer.books of 1,2 by with`, and what it leads to behind an arrow. */
function line(event: Event): string {
  const { name, model, relation, owners, reason } = event;
  const keys = (instances: readonly unknown[]) => instances.map((each) => (each as Writer).id).join();
  const found = name === 'afterLoadRelation' ? ` → ${keys(event.related)}` : '';
  return `${name.slice(0, name.indexOf('Load'))} ${model.name}.${relation} of ${keys(owners)} by ${reason}${found}`;
}

function watch(db: Database): void {
  db.on('beforeLoadRelation', (event) => told.push(line(event as Event)));
  db.on('afterLoadRelation', (event) => told.push(line(event as Event)));
}

/** Two writers, of whom the first has two books with a review each, and the other one none. */
function fill(): void {
  for (const name of ['Ann', 'Ben']) Writer.create({ name });
  for (const title of ['one', 'two']) {
    const book = Book.create({ title, writerId: 1 });
    Review.create({ bookId: book.id });
    book.related('topics').create({ name: title });
  }
  Note.create({ subjectType: 'writer', subjectId: 2 });
  Note.create({ subjectType: 'book', subjectId: 1 });
}

beforeEach(() => void told.splice(0));

describe.each(drivers)('loading a relation on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models });
    fill();
    return db;
  };

  it('is told once for each relation and level that with reads along, for all owners at once', async () => {
    const db = await opened();
    const read = () => Writer.with('books.reviews').orderBy('id').all();
    const plain = statementsOf(db, read);
    watch(db);
    expect(statementsOf(db, read)).toEqual(plain);
    expect(plain).toHaveLength(3);
    expect(told.splice(0)).toEqual([
      'before Writer.books of 1,2 by with',
      'before Book.reviews of 1,2 by with',
      'after Book.reviews of 1,2 by with → 1,2',
      'after Writer.books of 1,2 by with → 1,2',
    ]);
    Writer.with({ books: { limit: 1, orderBy: ['id', 'desc'] } }).all();
    expect(told.splice(0)[1]).toBe('after Writer.books of 1,2 by with → 2');
    Writer.filter({ id: 3 }).with('books').all();
    expect(told).toEqual([]); // there is nobody to load it for
  });

  it('is told where a field is touched, with all that were read together', async () => {
    const db = await opened();
    watch(db);
    const [ann, ben] = Writer.query().orderBy('id').all() as [Writer, Writer];
    expect(statementsOf(db, () => expect(ann.books).toHaveLength(2))).toHaveLength(1);
    expect(told.splice(0)).toEqual(['before Writer.books of 1,2 by touch', 'after Writer.books of 1,2 by touch → 1,2']);
    expect([ann.books.length, ben.books.length]).toEqual([2, 0]);
    expect(told).toEqual([]); // it is loaded
    expect(ann.books[0]!.writer.name).toBe('Ann');
    expect(told.splice(0)).toEqual(['before Book.writer of 1,2 by touch', 'after Book.writer of 1,2 by touch → 1']);
    const made = Book.build({ title: 'new', writerId: 2 });
    expect(made.writer.name).toBe('Ben');
    expect(told).toEqual(['before Book.writer of  by touch', 'after Book.writer of  by touch → 2']);
  });

  it('is told of load, of an instance and of a set', async () => {
    const db = await opened();
    watch(db);
    const writers = Writer.query().orderBy('id').all();
    writers[0]!.load('books.reviews');
    const levels = (found: string) => [
      'before Writer.books of 1,2 by load',
      'before Book.reviews of 1,2 by load',
      'after Book.reviews of 1,2 by load → 1,2',
      `after Writer.books of 1,2 by load → ${found}`,
    ];
    expect(told.splice(0)).toEqual(levels('1,2'));
    writers[0]!.load('books.reviews');
    expect(told).toEqual([]);
    writers[0]!.load('books.topics');
    expect(told.splice(0)).toEqual(['before Book.topics of 1,2 by load', 'after Book.topics of 1,2 by load → 1,2']);
    recordSet(Writer.query().orderBy('id').all()).load('books.reviews');
    expect(told.sort()).toEqual(levels('1,2').sort());
  });

  it('is one event for a relation by several tables, through others, and to one of several models', async () => {
    const db = await opened();
    watch(db);
    Writer.with('reviews', 'notes').orderBy('id').all();
    expect(told.splice(0)).toEqual([
      'before Writer.reviews of 1,2 by with',
      'after Writer.reviews of 1,2 by with → 1,2',
      'before Writer.notes of 1,2 by with',
      'after Writer.notes of 1,2 by with → 1',
    ]);
    const related: unknown[] = [];
    stopLater(Note.on('afterLoadRelation', (event) => related.push(...event.related)));
    const statements = statementsOf(db, () => Note.with('subject').orderBy('id').all());
    expect(statements).toHaveLength(3);
    expect(related).toEqual([expect.any(Writer), expect.any(Book)]);
    expect(told.map((each) => each.split(' ')[0])).toEqual(['before', 'after']);
  });

  it('is told in a unit of work, with the instances that it has', async () => {
    const db = await opened();
    watch(db);
    db.unitOfWork((work) => {
      const ann = work.find(Writer, 1)!;
      const owners: unknown[] = [];
      stopLater(Writer.on('beforeLoadRelation', (event) => owners.push(...event.owners)));
      expect(ann.books).toHaveLength(2);
      expect(owners[0]).toBe(ann);
    });
    expect(told).toEqual(['before Writer.books of 1 by touch', 'after Writer.books of 1 by touch → 1,2']);
  });

  it('is not told where no instances are made, nor of the query behind a relation', async () => {
    const db = await opened();
    const ann = Writer.findById(1)!;
    watch(db);
    Writer.query()
      .select({ name: true, books: { title: true, reviews: { id: true } } })
      .all();
    ann.related('books').all();
    Writer.query().withCount('books').all();
    Writer.filter({ books: some({ title: 'one' }) }).all();
    ann.related('books').create({ title: 'three' });
    expect(told).toEqual([]);
  });

  it('comes before the rows, and after they are told of', async () => {
    const db = await opened();
    watch(db);
    db.on('afterLoad', ({ model, instance }) => told.push(`loaded ${model.name} ${String((instance as Writer).id)}`));
    void Writer.findById(1)!.books;
    expect(told).toEqual([
      'loaded Writer 1',
      'before Writer.books of 1 by touch',
      'loaded Book 1',
      'loaded Book 2',
      'after Writer.books of 1 by touch → 1,2',
    ]);
  });

  it('can be kept from by cancel and by any error, and asks again the next time', async () => {
    const db = await opened();
    const ann = Writer.findById(1)!;
    const stop = Writer.on('beforeLoadRelation', ({ relation, cancel }) => relation === 'books' && cancel('not now'));
    expect(statementsOf(db, () => expect(() => ann.books).toThrow(CancelledError))).toEqual([]);
    expect(() => ann.books).toThrow('A listener of beforeLoadRelation cancelled the loading of Writer.books: not now.');
    expect(() => Writer.with('books').all()).toThrow(CancelledError);
    expect(() => ann.load('books')).toThrow(CancelledError);
    expect(ann.notes).toEqual([]);
    stop();
    expect(ann.books).toHaveLength(2);
    stopLater(
      Writer.on('afterLoadRelation', () => {
        throw boom;
      }),
    );
    expect(() => Writer.with('books').all()).toThrow(boom);
  });

  it('refuses a listener that loads just that, which would never end, and nothing else', async () => {
    await opened();
    const stop = Writer.on('beforeLoadRelation', ({ owners, relation }) => {
      if (relation === 'books') told.push(String(owners[0]!.notes.length));
    });
    expect(Writer.findById(1)!.books).toHaveLength(2);
    expect(told).toEqual(['0']);
    stop();
    const stopTouching = Writer.on('beforeLoadRelation', ({ owners }) => void owners[0]!.books);
    expect(() => Writer.findById(1)!.books).toThrow(new RecursiveHookError('Writer', 'load'));
    expect(() => Writer.with('books').all()).toThrow(
      'A listener of beforeLoadRelation of Writer loads the very relation that it is told of.',
    );
    stopTouching();
    stopLater(Writer.on('afterLoadRelation', ({ owners }) => told.push(String(owners[0]!.books.length))));
    expect(Writer.findById(1)!.books).toHaveLength(2);
    expect(told).toEqual(['0', '2']);
  });

  it('refuses a promise where nothing can wait', async () => {
    await opened();
    stopLater(Writer.on('beforeLoadRelation', async () => Promise.resolve()));
    expect(() => Writer.findById(1)!.books).toThrow(AsyncCallbackError);
    expect(() => Writer.with('books').all()).toThrow(AsyncCallbackError);
    expect(await Writer.async().with('books').all()).toHaveLength(2);
  });

  it('costs nothing where nobody listens: not in other models, nor when what listened has ended', async () => {
    const db = await opened();
    const write = () => statementsOf(db, () => Book.create({ title: 'x', writerId: 1 }));
    const [stop, stopAfter] = [
      Book.on('beforeLoadRelation', () => void told.push('before')),
      Book.on('afterLoadRelation', () => void told.push('after')),
    ];
    expect(write()).toHaveLength(1); // no transaction: that is for events of changes
    expect(statementsOf(db, () => Writer.with('books').all())).toHaveLength(2);
    expect(told).toEqual([]);
    Book.with('writer').all();
    stop();
    Book.with('writer').all();
    stopAfter();
    Book.with('writer').all();
    expect(told).toEqual(['before', 'after', 'after']);
  });
});

describe.each(drivers)('listeners of loads on $name', ({ open }) => {
  it('are called by priority, then static methods, then in the order in which they were added', async () => {
    @table('trees')
    class Tree extends Model {
      @id() id!: Generated<number>;
      @hasMany(() => Leaf, 'treeId') leaves!: Leaf[];

      static beforeLoadRelation(event: BeforeRelationLoadEvent<Tree>) {
        told.push(`method of ${this.name}: ${event.relation}`);
      }
      static afterLoadRelation({ related }: RelationLoadEvent<Tree>) {
        told.push(`found ${related.length}`);
      }
    }
    @table('leaves')
    class Leaf extends Model {
      @id() id!: Generated<number>;
      @integer() treeId!: number;
    }
    const db = await open({ models: [Tree, Leaf] });
    const other = await open({ alias: 'other', models: [] });
    stopLater(Tree.on('beforeLoadRelation', () => told.push('added')));
    stopLater(db.on('beforeLoadRelation', () => told.push('added to the database'), { priority: 1 }));
    stopLater(Tree.on('beforeLoadRelation', (event) => event.stopPropagation(), { priority: -1 }));
    stopLater(Tree.on('beforeLoadRelation', () => told.push('never'), { priority: -2 }));
    stopLater(Tree.on('beforeLoadRelation', () => told.push('never'), { where: ({ reason }) => reason === 'load' }));
    stopLater(Tree.using(other).on('beforeLoadRelation', () => told.push('elsewhere')));
    const tree = Tree.create({});
    Leaf.create({ treeId: tree.id });
    void tree.leaves;
    expect(told.splice(0)).toEqual(['added to the database', 'method of Tree: leaves', 'added', 'found 1']);
    expect(() => Tree.on('beforeLoadRelations' as never, () => undefined)).toThrow(
      'Did you mean "beforeLoadRelation"?',
    );
  });

  it('of a model hear of its subtypes, which have methods of their own', async () => {
    @table('vehicles', { discriminator: 'kind' })
    abstract class Vehicle extends Model {
      @id() id!: Generated<number>;
      @integer() ownerId!: number;
      @belongsTo(() => Owner, 'ownerId') owner!: Owner;
      static beforeLoadRelation({ owners }: BeforeRelationLoadEvent<Vehicle>) {
        told.push(`${this.name} ${owners.length}`);
      }
    }
    @subtype('car')
    class Car extends Vehicle {}
    @subtype('bike')
    class Bike extends Vehicle {
      static override beforeLoadRelation({ relation }: BeforeRelationLoadEvent<Bike>) {
        told.push(`bikes, ${relation}`);
      }
    }
    @table('owners')
    class Owner extends Model {
      @id() id!: Generated<number>;
      @hasMany(() => Vehicle, 'ownerId') vehicles!: Vehicle[];
    }
    await open({ models: [Vehicle, Car, Bike, Owner] });
    const { id: ownerId } = Owner.create({});
    Car.create({ ownerId });
    Bike.create({ ownerId });
    stopLater(Vehicle.on('afterLoadRelation', ({ model, owners }) => told.push(`${model.name}: ${owners.length}`)));
    Car.with('owner').all();
    expect(told.splice(0)).toEqual(['Car 1', 'Car: 1']);
    Bike.with('owner').all();
    expect(told.splice(0)).toEqual(['bikes, owner', 'Bike: 1']);
    Owner.with('vehicles.owner').all();
    expect(told.splice(0)).toEqual(['Vehicle 2', 'Vehicle: 2']);
  });

  it('of what may not be loaded hear nothing', async () => {
    const db = await open({ models, strictLoading: true });
    fill();
    watch(db);
    expect(() => Writer.findById(1)!.books).toThrow(UnloadedRelationError);
    expect(told).toEqual([]);
  });
});
