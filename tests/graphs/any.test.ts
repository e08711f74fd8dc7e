import { describe, expect, it } from 'vitest';
import {
  belongsToAny,
  choice,
  hasMany,
  id,
  integer,
  Model,
  QueryError,
  sql,
  table,
  text,
  UniqueViolation,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('photos')
class Photo extends Model {
  @id() id!: Generated<number>;
  @text() file!: string;
  @hasMany(() => Note, 'subject') notes!: Note[];
}

@table('places')
class Place extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Note, 'subject') notes!: Note[];
}

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @choice(['photo', 'place']) subjectType!: 'photo' | 'place';
  @integer() subjectId!: number;
  @belongsToAny(() => ({ photo: Photo, place: Place }), 'subjectType', 'subjectId') subject!: Photo | Place;
}

describe.each(drivers)('a graph over a relation to one of several models on $name', ({ open }) => {
  it('fills in which model it is, for rows that are there, too', async () => {
    await open({ models: [Photo, Place, Note] });
    Photo.create({ file: 'first.jpg' });
    const old = Note.create({ body: 'moved', subjectType: 'photo', subjectId: 1 });
    const zoo = Place.createGraph({ name: 'Zoo', notes: [{ body: 'new' }, old] });
    expect(zoo.notes.map(({ subjectType, subjectId }) => [subjectType, subjectId])).toEqual([
      ['place', 1],
      ['place', 1],
    ]);
    expect(Note.filter({ subject: zoo }).count()).toBe(2);
    expect(Photo.query().one().notes).toEqual([]);
  });

  it('refuses a new row that names another model', async () => {
    await open({ models: [Photo, Place, Note] });
    const fields = { name: 'Zoo', notes: [{ body: 'x', subjectType: 'photo' as const }] };
    expect(() => Place.createGraph(fields)).toThrow(QueryError);
    expect(() => Place.createGraph(fields)).toThrow('has a value in subjectType, which the relation fills.');
    fields.notes[0]!.subjectType = 'place' as never;
    expect(Place.createGraph(fields).notes).toHaveLength(1);
    expect([Place.count(), Note.count()]).toEqual([1, 1]);
  });

  it('inserts the model that is referred to first: an instance, or fields of the model that the type says', async () => {
    const db = await open({ models: [Photo, Place, Note] });
    const sunset = Photo.build({ file: 'sunset.jpg' });
    const statements = statementsOf(db, () => {
      const note = Note.createGraph({ body: 'mine', subject: sunset });
      expect([note.subject, note.subjectType, note.subjectId]).toEqual([sunset, 'photo', sunset.id]);
    });
    expect(statements.filter((text) => text.startsWith('INSERT'))).toEqual([
      'INSERT INTO "photos" ("file") VALUES (?)',
      'INSERT INTO "notes" ("body", "subject_type", "subject_id") VALUES (?, ?, ?)',
    ]);
    const note = Note.createGraph({ body: 'x', subjectType: 'place', subject: { name: 'Zoo' } });
    expect(note.subject).toBeInstanceOf(Place);
    expect(Note.with('subject').filter({ id: note.id }).one().subject).toMatchObject({ name: 'Zoo' });
    const stored = Note.createGraph({ body: 'y', subjectType: 'photo', subject: sunset });
    expect([stored.subjectId, Photo.count(), Place.count(), Note.count()]).toEqual([1, 1, 1, 3]);
  });

  it('says of nested rows where they lead', async () => {
    const db = await open({ models: [Photo, Place, Note] });
    const zoo = Place.createGraph({ name: 'Zoo', notes: [{ body: 'a' }, { body: 'b' }] });
    const statements = statementsOf(db, () => expect(zoo.notes.map(({ subject }) => subject)).toEqual([zoo, zoo]));
    expect(statements).toEqual([]);
  });

  it('refuses fields of nobody knows which model, and a type that says otherwise', async () => {
    await open({ models: [Photo, Place, Note] });
    const graph = (fields: object) => () => Note.createGraph({ body: 'x', ...fields });
    expect(graph({ subject: { file: 'x' } })).toThrow(
      'Note.subject leads to one of several models, and nothing says which. ' +
        "Give it beside it, { subjectType: 'photo', … }, or give an instance: Photo.build({ … }).",
    );
    expect(graph({ subjectType: 'place', subject: Photo.build({ file: 'x' }) })).toThrow(
      'A Note in this graph has another value in subjectType than Note.subject gives it.',
    );
    expect(graph({ subjectType: 'photo', subjectId: 5, subject: { file: 'x' } })).toThrow('another value in subjectId');
    expect(graph({ subject: Note.build({ body: 'x' }) })).toThrow('Note.subject does not lead to Note.');
    expect(graph({ subject: [] })).toThrow('takes one row and no array');
    expect([Photo.count(), Place.count(), Note.count()]).toEqual([0, 0, 0]);
  });
});

describe.each(drivers)('a unit of work over a relation to one of several models on $name', ({ open }) => {
  it('fills in type and key of what it inserts, and leads there before', async () => {
    const db = await open({ models: [Photo, Place, Note] });
    Photo.create({ file: 'first.jpg' });
    db.unitOfWork((work) => {
      const note = work.create(Note, { body: 'x', subject: work.create(Place, { name: 'Zoo' }) });
      const zoo = note.subject;
      expect([note.subject, note.subjectType, note.subjectId]).toEqual([zoo, undefined, undefined]);
      const old = work.create(Note, { body: 'old', subjectType: 'photo', subjectId: 1 });
      work.flush();
      expect([note.subjectType, note.subjectId]).toEqual(['place', 1]);
      const photo = work.create(Photo, { file: 'new.jpg' });
      old.subject = photo;
      note.subject = photo;
      note.subject = work.find(Photo, 1)!;
      expect([note.subjectType, note.subjectId, old.subject]).toEqual(['photo', 1, photo]);
    });
    expect(Note.query().orderBy('body').pluck('subjectId')).toEqual([2, 1]);
    expect(Note.filter({ subjectType: 'photo' }).count()).toBe(2);
  });

  it('takes the type back when it is undone, and tries again', async () => {
    const db = await open({ models: [Photo, Place, Note] });
    db.run(sql`CREATE UNIQUE INDEX places_name ON places (name)`);
    Place.create({ name: 'Zoo' });
    db.unitOfWork((work) => {
      const zoo = work.create(Place, { name: 'Zoo' });
      const note = work.create(Note, { body: 'x', subject: zoo });
      expect(() => work.flush()).toThrow(UniqueViolation);
      expect([note.subjectType, note.subjectId, note.subject]).toEqual([undefined, undefined, zoo]);
      zoo.name = 'Park';
    });
    expect(Note.query().one().subject).toMatchObject({ name: 'Park' });
  });

  it('refuses what is not inserted', async () => {
    await open({ models: [Photo, Place, Note] });
    const note = Note.create({ body: 'x', subjectType: 'photo', subjectId: 1 });
    expect(() => (note.subject = Place.build({ name: 'x' }))).toThrow(
      'Note.subject was assigned an instance that has no key yet.',
    );
    expect([note.subjectType, note.subjectId]).toEqual(['photo', 1]);
  });

  it('does so in the asynchronous face', async () => {
    const db = await open({ models: [Photo, Place, Note] });
    const fields = { body: 'x', subjectType: 'photo', subject: { file: 'a.jpg' } } as const;
    const made = await Note.async().createGraph(fields);
    expect([made.subjectType, made.subjectId, made.subject]).toMatchObject(['photo', 1, { file: 'a.jpg' }]);
    await db.async.unitOfWork(async (work) => {
      const note = (await work.find(Note, made.id))!;
      note.subject = work.create(Place, { name: 'Zoo' });
      expect([note.subjectType, note.subjectId]).toEqual(['photo', 1]);
      await work.flush();
      expect([note.subjectType, note.subjectId]).toEqual(['place', 1]);
    });
    expect(await Note.async().filter({ subject: Place.query().one() }).count()).toBe(1);
  });
});
