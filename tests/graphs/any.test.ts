import { describe, expect, it } from 'vitest';
import { belongsToAny, choice, hasMany, id, integer, Model, QueryError, table, text, type Generated } from 'litemodel';
import { drivers } from '../open-database.js';

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
    const zoo = Place.createGraph({ name: 'Zoo', notes: [{ body: 'new' } as never, old] });
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
});
