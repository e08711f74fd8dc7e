/** Repositories: their interface, and classes of them, in both faces. */
import {
  AsyncRepository,
  like,
  Repository,
  type AsyncDatabase,
  type AsyncQuery,
  type AsyncTransaction,
  type Database,
  type Query,
  type RepositoryOf,
  type Where,
} from 'litemodel';
import { Repository as RepositoryInTurn } from 'litemodel/async';
import { inMemory, type InMemoryDatabase } from 'litemodel/in-memory';
import { is } from './equal.js';
import { Article, Writer } from './relations.js';

declare const db: Database;
declare const waiting: AsyncDatabase;
declare const tx: AsyncTransaction;

/** A condition with a name. */
const called = (pattern: string): Where<Writer> => ({ name: like(pattern) });

class WriterRepository extends Repository(Writer) {
  called(pattern: string): Writer[] {
    return this.filter(called(pattern)).all();
  }
}

class WriterRepositoryInTurn extends AsyncRepository(Writer) {
  called(pattern: string): Promise<Writer[]> {
    return this.filter(called(pattern)).all();
  }
}

is<InMemoryDatabase>()(inMemory({ alias: 'test' }));
const writers = new WriterRepository(inMemory());
void [new WriterRepository(), new WriterRepository(db)];
is<Writer[]>()(writers.called('A%'));
is<Query<Writer>>()(writers.filter(called('A%')));
is<Query<Writer>>()(writers.query().with('articles'));
is<Writer[]>()(writers.all());
is<number>()(writers.count());
is<Writer | undefined>()(writers.findById(1));
is<Writer>()(writers.create({ name: 'Ann' }));
is<Writer>()(writers.save(new Writer()));
is<boolean>()(writers.delete(new Writer()));

const waitingWriters = new WriterRepositoryInTurn(waiting);
void [new WriterRepositoryInTurn(), new WriterRepositoryInTurn(db), new WriterRepositoryInTurn(tx)];
is<Promise<Writer[]>>()(waitingWriters.called('A%'));
is<AsyncQuery<Writer>>()(waitingWriters.query());
is<Promise<Writer | undefined>>()(waitingWriters.findById(1));
is<Promise<Writer>>()(waitingWriters.save(new Writer()));
is<RepositoryOf<Writer, 'async'>>()(new (RepositoryInTurn(Writer))());

/** What takes a repository takes any of them, one by hand included. */
function greet(repository: Repository<Writer>): string[] {
  return repository.all().map(({ name }) => name);
}
greet(writers);
greet(new (Repository(Writer))());
// @ts-expect-error: of another model
greet(new (Repository(Article))());
// @ts-expect-error: it promises
greet(waitingWriters);
// @ts-expect-error: no such field
writers.create({ nmae: 'Ann' });
// @ts-expect-error: no such field
writers.filter({ nmae: 'Ann' });
// @ts-expect-error: an instance of another model
writers.save(new Article());
// @ts-expect-error: a database that promises its results
new WriterRepository(waiting);
// @ts-expect-error: no model
Repository({});
