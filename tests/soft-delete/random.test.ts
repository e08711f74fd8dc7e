/*
 * Any creates, deletes, restores and queries, by any instances and in transactions of which some are rolled back: what is found is what
 * plain objects say, which know what was deleted along with what.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  belongsTo,
  deletedAt,
  hasMany,
  id,
  integer,
  Model,
  oneOf,
  recordSet,
  some,
  table,
  text,
  UniqueViolation,
  updatedAt,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers } from '../open-database.js';

@table('folders')
class Folder extends Model {
  @id({ autoincrement: true }) id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ nullable: true }) parentId!: number | null;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Folder, 'parentId', { nullable: true, onDelete: 'cascade' }) parent!: Folder | null;
  @hasMany(() => Folder, 'parentId') children!: Folder[];
  @hasMany(() => Note, 'folderId') notes!: Note[];
}

@table('notes')
class Note extends Model {
  @id({ autoincrement: true }) id!: Generated<number>;
  @text() body!: string;
  @integer() folderId!: number;
  @updatedAt() updatedAt!: Generated<Date>;
  @deletedAt({ storage: 'integer' }) deletedAt!: Date | null;
  @belongsTo(() => Folder, 'folderId', { onDelete: 'cascade' }) folder!: Folder;
}

/** A row as the oracle knows it: `deletedBy` is the delete that it went with. */
interface Known {
  readonly id: number;
  readonly parent: number | null;
  readonly name: string;
  readonly deletedBy: number | null;
}

interface State {
  readonly folders: ReadonlyMap<number, Known>;
  readonly notes: ReadonlyMap<number, Known>;
}

/** What a work does to the rows, and what is to become of them; an error that is expected leaves them as they are. */
class Oracle {
  state: State = { folders: new Map(), notes: new Map() };
  #deletes = 0;

  get livingNames(): string[] {
    return this.living('folders').map(({ name }) => name);
  }

  living(kind: keyof State): Known[] {
    return [...this.state[kind].values()].filter(({ deletedBy }) => deletedBy === null).sort((a, b) => a.id - b.id);
  }

  put(kind: keyof State, ...rows: readonly Known[]): void {
    this.state = {
      ...this.state,
      [kind]: new Map([...this.state[kind], ...rows.map((row) => [row.id, row] as const)]),
    };
  }

  /** Marks rows, and those inside of them, by one delete. */
  delete(kind: keyof State, ids: readonly number[]): number {
    const by = ++this.#deletes;
    const rows = ids.flatMap((each) => this.state[kind].get(each) ?? []).filter(({ deletedBy }) => deletedBy === null);
    this.put(kind, ...rows.map((row) => ({ ...row, deletedBy: by })));
    if (kind === 'folders') for (const row of rows) this.#deleteInside(row.id, by);
    return rows.length;
  }

  #deleteInside(folder: number, by: number): void {
    for (const kind of ['folders', 'notes'] as const) {
      const inside = this.living(kind).filter(({ parent }) => parent === folder);
      this.put(kind, ...inside.map((row) => ({ ...row, deletedBy: by })));
      if (kind === 'folders') for (const row of inside) this.#deleteInside(row.id, by);
    }
  }

  /** Takes the marks off rows, and off those inside of them that went with them; whether the names are free. */
  restore(kind: keyof State, ids: readonly number[]): number | 'taken' {
    const before = this.state;
    const rows = ids.flatMap((each) => this.state[kind].get(each) ?? []).filter(({ deletedBy }) => deletedBy !== null);
    this.put(kind, ...rows.map((row) => ({ ...row, deletedBy: null })));
    if (kind === 'folders') for (const row of rows) this.#restoreInside(row.id, row.deletedBy!);
    const names = this.livingNames;
    if (new Set(names).size === names.length) return rows.length;
    this.state = before;
    return 'taken';
  }

  #restoreInside(folder: number, by: number): void {
    for (const kind of ['folders', 'notes'] as const) {
      const inside = [...this.state[kind].values()].filter((row) => row.parent === folder && row.deletedBy === by);
      this.put(kind, ...inside.map((row) => ({ ...row, deletedBy: null })));
      if (kind === 'folders') for (const row of inside) this.#restoreInside(row.id, by);
    }
  }

  /** As SQLite does, with all that refers to it. */
  forceDelete(kind: keyof State, each: number): boolean {
    if (!this.state[kind].has(each)) return false;
    const rows = new Map(this.state[kind]);
    rows.delete(each);
    this.state = { ...this.state, [kind]: rows };
    if (kind === 'folders') {
      for (const inside of ['folders', 'notes'] as const)
        for (const row of [...this.state[inside].values()]) if (row.parent === each) this.forceDelete(inside, row.id);
    }
    return true;
  }
}

const key = fc.integer({ min: 1, max: 4 });
const name = fc.constantFrom('a', 'b', 'c', 'd');

type Work = (oracle: Oracle, a: number, b: number, name: string) => void;

const orTaken = (work: () => number): number | 'taken' => {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(UniqueViolation);
    return 'taken';
  }
};

const anyFolder = (each: number): Folder | undefined => Folder.query().withDeleted().filter({ id: each }).first();
const anyNote = (each: number): Note | undefined => Note.query().withDeleted().filter({ id: each }).first();

const works: Record<string, Work> = {
  'create a folder': (oracle, a, _, wanted) => {
    const parent = oracle.state.folders.has(a) ? a : null;
    const isTaken = oracle.livingNames.includes(wanted);
    const made = orTaken(() => Folder.create({ name: wanted, parentId: parent }).id);
    expect(made === 'taken').toBe(isTaken);
    if (made !== 'taken') oracle.put('folders', { id: made, parent, name: wanted, deletedBy: null });
  },
  'find or create a folder': (oracle, _a, _b, wanted) => {
    const { id: found } = Folder.findOrCreate({ name: wanted });
    const known = oracle.living('folders').find((row) => row.name === wanted);
    if (known === undefined) oracle.put('folders', { id: found, parent: null, name: wanted, deletedBy: null });
    else expect(found).toBe(known.id);
  },
  'create a note': (oracle, a, _, wanted) => {
    if (!oracle.state.folders.has(a)) return;
    const { id: made } = Note.create({ body: wanted, folderId: a });
    oracle.put('notes', { id: made, parent: a, name: wanted, deletedBy: null });
  },
  'delete a folder': (oracle, a) => {
    expect(anyFolder(a)?.delete() ?? false).toBe(oracle.delete('folders', [a]) === 1);
  },
  'delete a note': (oracle, a) => {
    expect(anyNote(a)?.delete() ?? false).toBe(oracle.delete('notes', [a]) === 1);
  },
  'delete folders by a query': (oracle, a, b) => {
    expect(Folder.filter({ id: oneOf([a, b]) }).delete()).toBe(oracle.delete('folders', [...new Set([a, b])]));
  },
  'delete folders by their name': (oracle, _a, _b, wanted) => {
    const ids = oracle
      .living('folders')
      .filter((row) => row.name === wanted)
      .map((row) => row.id);
    expect(Folder.filter({ name: wanted }).delete()).toBe(oracle.delete('folders', ids));
  },
  'delete notes by a record set': (oracle, a, b) => {
    const notes = [a, b].flatMap((each) => anyNote(each) ?? []);
    const ids = [...new Set(notes.map((note) => note.id))];
    expect(recordSet(notes).delete()).toBe(oracle.delete('notes', ids));
  },
  'delete notes by a unit of work': (oracle, a, b) => {
    for (const each of new Set([a, b])) {
      const note = anyNote(each);
      if (note !== undefined) opened!.unitOfWork((work) => work.delete(note));
      oracle.delete('notes', [each]);
    }
  },
  'restore a folder': (oracle, a) => {
    const done = orTaken(() => Number(anyFolder(a)?.restore() ?? false));
    expect(done).toBe(oracle.restore('folders', [a]));
  },
  'restore a note': (oracle, a) => {
    expect(anyNote(a)?.restore() ?? false).toBe(oracle.restore('notes', [a]) === 1);
  },
  'restore all folders': (oracle) => {
    const done = orTaken(() => Folder.query().onlyDeleted().restore());
    expect(done).toBe(oracle.restore('folders', [...oracle.state.folders.keys()]));
  },
  'take a folder away': (oracle, a) => {
    expect(anyFolder(a)?.forceDelete() ?? false).toBe(oracle.forceDelete('folders', a));
  },
  'take a note away by a query': (oracle, a) => {
    const done = Note.query().withDeleted().filter({ id: a }).forceDelete();
    expect(done === 1).toBe(oracle.forceDelete('notes', a));
  },
};

let opened: Database | undefined;

/** What every path finds is what the oracle says. */
function check(oracle: Oracle): void {
  const folders = oracle.living('folders');
  const notes = oracle.living('notes');
  const ids = (rows: readonly { readonly id: number }[]) => rows.map((row) => row.id).sort((a, b) => a - b);
  expect(ids(Folder.all())).toEqual(ids(folders));
  expect(ids(Note.all())).toEqual(ids(notes));
  expect(ids(Folder.query().withDeleted().all())).toEqual(ids([...oracle.state.folders.values()]));
  expect(Note.query().onlyDeleted().count()).toBe(oracle.state.notes.size - notes.length);
  for (const found of Folder.query().with('notes', 'children').withCount('notes').all()) {
    expect(ids(found.notes)).toEqual(ids(notes.filter(({ parent }) => parent === found.id)));
    expect(ids(found.children)).toEqual(ids(folders.filter(({ parent }) => parent === found.id)));
    expect(found.notesCount).toBe(found.notes.length);
  }
  const full = folders.filter((folder) => notes.some(({ parent }) => parent === folder.id));
  expect(ids(Folder.filter({ notes: some() }).all())).toEqual(ids(full));
  for (const note of Note.with('folder').all())
    expect((note.folder as Folder | null)?.id).toBe(folders.find(({ id: each }) => each === note.folderId)?.id);
}

describe.each(drivers)('rows that are deleted and restored at random on $name', ({ open }) => {
  // the clock stands still, so that nothing is told apart by chance
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('are found as plain objects say', { timeout: 120_000 }, async () => {
    const step = fc.tuple(fc.constantFrom(...Object.keys(works)), key, key, name);
    const group = fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 4 }), isUndone: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(step, group), { minLength: 10, maxLength: 60, size: 'max' }), async (plan) => {
        const db = await open({ models: [Folder, Note], replace: true });
        opened = db;
        const oracle = new Oracle();
        const run = ([work, a, b, wanted]: [string, number, number, string]) => works[work]!(oracle, a, b, wanted);
        for (const each of plan) {
          if (Array.isArray(each)) run(each);
          else {
            const before = oracle.state;
            const undone = new Error('undone');
            try {
              db.transaction(() => {
                for (const one of each.steps) run(one);
                if (each.isUndone) throw undone;
              });
            } catch (error) {
              if (error !== undone) throw error;
              oracle.state = before;
            }
          }
          check(oracle);
        }
      }),
      { numRuns: 50 },
    );
  });
});
