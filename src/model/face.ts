import type { Failure } from '../errors/index.js';
import type {
  AnyModel,
  Assignments,
  Changes,
  Counts,
  CountsOf,
  CursorPage,
  FieldOf,
  GraphInput,
  Input,
  KeyOf,
  KeyValue,
  NumberedPage,
  OrderBy,
  OrderByPaths,
  Plain,
  RelationOf,
  RelationPath,
  RelationToManyOf,
  RequiredField,
  Returns,
  Scope,
  Selected,
  SelectShape,
  Where,
  With,
} from '../query/index.js';
import type {
  EventName,
  Listener,
  ListenerOptions,
  RelationEventName,
  RelationListener,
  RelationListenerOptions,
  RelationLoadEventName,
  RelationLoadListener,
  RelationLoadListenerOptions,
  Unsubscribe,
} from '../events/index.js';
import type { Sql, SqlChunk, SqlText } from '../sql/index.js';
import type { Face, ModelHome } from './binding.js';

/** What `iterate` returns, by face. */
export interface Iterates<Value> {
  sync: Iterable<Value>;
  async: AsyncIterable<Value>;
}

/**
 * A query over rows of `Instance` that gives `Row`s: immutable, so that it can be shared, and run only by the methods that
 * return results.
 */
export interface QueryOf<Instance, Row, F extends Face> extends SqlChunk<never> {
  /**
   * Only rows that meet these conditions, besides those of earlier filters.
   *
   *     User.filter({ age: gte(18) }).filter(or({ name: like('A%') }, { active: false }))
   *     // … WHERE ("age" >= ? AND ("name" LIKE ? ESCAPE '\' OR "active" = ?))
   *
   * Throws `UndefinedConditionError` for `undefined` at any depth, `UnknownFieldError` for a name that is no field, and
   * `InvalidValueError` for a value that its column cannot hold.
   */
  filter(where: Where<Instance>): this;
  /** Orders by fields, after those of earlier calls: `orderBy('name', ['id', 'desc'], desc('age', { nulls: 'last' }))`. */
  orderBy(...terms: OrderBy<Instance>[]): this;
  /** Orders by fields of rows that relations lead to, and of embedded objects: `orderBy('author.name', ['address.city', 'desc'])`. */
  orderBy<const Terms extends readonly unknown[]>(...terms: Terms & OrderByPaths<Instance, Terms>): this;
  /** Orders anew, forgetting earlier calls; without terms, the order is SQLite's. */
  reorder(...terms: OrderBy<Instance>[]): this;
  /** Orders anew by fields of rows that relations lead to, too. */
  reorder<const Terms extends readonly unknown[]>(...terms: Terms & OrderByPaths<Instance, Terms>): this;
  /**
   * Reads relations along, with one statement for each, whatever the number of rows.
   *
   *     User.query().with({ posts: { filter: { draft: false }, orderBy: ['id', 'desc'], limit: 3, with: 'comments' } }).all()
   *
   * `limit` counts for each owner. What is left out by `filter` or `limit` is not in the field, and never written.
   */
  with(relations: With<Instance>): this;
  /** Reads relations along, by name or path: `with('posts', 'posts.comments')`. */
  with<Path extends RelationOf<Instance> | (string & {})>(...paths: (Path & RelationPath<Instance, Path>)[]): this;
  /**
   * Counts related rows beside each row: `postsCount` for `posts`.
   *
   *     User.query().withCount('posts').all();      // SELECT …, (SELECT count(*) FROM "posts" WHERE …) AS "postsCount" FROM "users"
   */
  withCount<Field extends RelationToManyOf<Instance>>(
    ...relations: Field[]
  ): QueryOf<Instance, Row & CountsOf<Field>, F>;
  /** Counts the related rows that meet conditions: `withCount({ posts: { draft: false } })`. */
  withCount<const Wanted extends Counts<Instance>>(
    relations: Wanted,
  ): QueryOf<Instance, Row & CountsOf<keyof Wanted & string>, F>;
  /** Whether touching a relation that was not read along, or a deferred column, is an error: `UnloadedRelationError`. */
  strictLoading(isStrict?: boolean): this;
  /** At most so many rows: `LIMIT 20`. */
  limit(count: number): this;
  /** Leaves out the first rows: `OFFSET ?`. */
  offset(count: number): this;
  /** Each different row once: `SELECT DISTINCT`. */
  distinct(): this;
  /** Puts the query under a scope; one of the same name is replaced. */
  use(scope: Scope<Instance>): this;
  /** Takes the query out of a scope, by value or name; without one, out of all. Deleted rows stay hidden: see `withDeleted`. */
  unscoped(scope?: Scope<Instance> | string): this;
  /**
   * Shows deleted rows with the others, of a model with `@deletedAt()`: `User.query().withDeleted().all()`. Throws `QueryError` of
   * others. Relations that are read along have an option of their own.
   */
  withDeleted(): this;
  /** Shows deleted rows alone: `… WHERE "deleted_at" IS NOT NULL`. Throws `QueryError` where rows that are deleted are gone. */
  onlyDeleted(): this;
  /**
   * Plain objects of a shape, which can hold SQL under names of its own.
   *
   *     User.query().select({ id: true, size: sql<number>`length(name)` }).all();   // { id: number, size: number }[]
   */
  select<const Shape extends object & SelectShape<Instance, Shape>>(
    shape: Shape,
  ): QueryOf<Instance, Selected<Instance, Shape>, F>;
  /**
   * Plain objects with these fields, rather than instances.
   *
   *     User.query().select('id', 'name').all();          // SELECT "id", "name" FROM "users"
   */
  select<Field extends FieldOf<Instance>>(...fields: Field[]): QueryOf<Instance, Pick<Instance, Field>, F>;
  /** Every row. */
  all(): Returns<Row[]>[F];
  /** The first row, or `undefined`: `LIMIT 1`. */
  first(): Returns<Row | undefined>[F];
  /** The only row. Throws `NotFoundError` for none and `NotUniqueError` for several. */
  one(): Returns<Row>[F];
  /** How many rows there are: `SELECT count(*)`. */
  count(): Returns<number>[F];
  /** Whether there is any row. */
  exists(): Returns<boolean>[F];
  /** The values of one field: `SELECT "name"`. */
  pluck<Field extends FieldOf<Instance>>(field: Field): Returns<Instance[Field][]>[F];
  /**
   * One row after the other, read in batches of 256 unless said, so that memory stays flat and the connection free.
   *
   * Batches are separate reads: a row that is changed meanwhile may be seen as it was or as it is. Run it in a transaction to
   * see one state. Orders by other things than columns, `distinct` and `select` are read as a whole at the first row.
   */
  iterate(options?: { readonly batch?: number }): Iterates<Row>[F];
  /** A page by number, from 1: simple, with the total. */
  page(options: { readonly size: number; readonly number: number }): Returns<NumberedPage<Row>>[F];
  /** A page behind a cursor, the first without one: fast wherever it is. Throws `InvalidCursorError` for a foreign cursor. */
  page(options: { readonly size: number; readonly after?: string | undefined }): Returns<CursorPage<Row>>[F];
  /**
   * Writes fields of every row of the query, in one statement; returns how many rows.
   *
   *     User.filter({ active: false }).update({ age: sql`age + 1` });     // UPDATE "users" SET "age" = age + 1 WHERE …
   *
   * Without a condition it throws `UnconditionalWriteError`. Instances that were loaded before keep their values.
   */
  update(changes: Assignments<Instance>): Returns<number>[F];
  /**
   * Deletes every row of the query, in one statement; returns how many. Without a condition: `UnconditionalWriteError`. With
   * `@deletedAt()` the rows are marked, and those that were deleted already are left as they are.
   */
  delete(): Returns<number>[F];
  /**
   * Restores every deleted row of the query; returns how many. A unique value that another row has meanwhile is a `UniqueViolation`,
   * and none of them is restored.
   *
   *     User.filter({ teamId: 7 }).restore();     // UPDATE "users" SET "deleted_at" = ? WHERE "team_id" = ? AND "deleted_at" IS NOT NULL
   */
  restore(): Returns<number>[F];
  /**
   * Takes every row of the query out of its table, deleted ones where it shows them; returns how many. Without a condition, or
   * `onlyDeleted`, it throws `UnconditionalWriteError`.
   *
   *     User.query().onlyDeleted().forceDelete();     // DELETE FROM "users" WHERE "deleted_at" IS NOT NULL
   */
  forceDelete(): Returns<number>[F];
  /** Lets `update` and `delete` return the rows: whole, or only some fields. https://sqlite.org/lang_returning.html */
  returning(): Returning<Instance, Instance, F>;
  /** Lets `update` and `delete` return some fields of the rows. */
  returning<Field extends FieldOf<Instance>>(...fields: Field[]): Returning<Instance, Pick<Instance, Field>, F>;
  /** The same query in the asynchronous face: `await User.filter({ age: gte(18) }).async.all()`. */
  readonly async: QueryOf<Instance, Row, 'async'>;
  /**
   * Gives up when the signal says so: what has not begun is not run, and what a worker is running is cut off.
   *
   *     await User.async().query().abortSignal(AbortSignal.timeout(500)).all();
   *
   * The promise is rejected with the signal's reason. An engine in this thread finishes the statement that it is in.
   */
  abortSignal(this: QueryOf<Instance, Row, 'async'>, signal: AbortSignal): QueryOf<Instance, Row, 'async'>;
  /** The statement of `all` and its parameters. */
  toSQL(): SqlText;
  /** The statement of `all` with its values written in, to paste into the sqlite3 shell. Never run it from a program. */
  toRunnableSQL(): string;
}

/** Writes that return the rows they wrote, in no particular order. */
export interface Returning<Instance, Row, F extends Face> {
  /** Writes fields of every row of the query, and returns the rows as they are afterwards. */
  update(changes: Assignments<Instance>): Returns<Row[]>[F];
  /** Deletes every row of the query, and returns the rows as they were; with `@deletedAt()`, as they are then. */
  delete(): Returns<Row[]>[F];
}

/** A query for instances, whose results are there when a method returns. */
export interface Query<Instance> extends QueryOf<Instance, Instance, 'sync'> {}

/** A query for instances, whose results are promised. */
export interface AsyncQuery<Instance> extends QueryOf<Instance, Instance, 'async'> {}

/** The query type of each face, so that editors show its short name. */
export interface Queries<Instance> {
  sync: Query<Instance>;
  async: AsyncQuery<Instance>;
}

/** The type of an owner's primary key, as far as one field tells it. */
type OwnerKey<Owner> = Owner extends { id: infer Id } ? Plain<Id> : never;

/** Whether a field can say by which instance a row is led to: its type takes that of the owner's key, or some texts only. */
type CanRefer<Owner, Value> =
  OwnerKey<Owner> extends Value ? true : Value extends string ? (string extends Value ? false : true) : false;

/**
 * What `create` of a relation takes: as `create` of the model, but for the fields that can refer to the owner. Which of them do is
 * known at run time, where the others are asked for by `MissingFieldError`.
 */
export type RelatedInput<Instance, Owner> = Changes<Instance> & {
  readonly [
    Field in RequiredField<Instance> as CanRefer<Owner, Instance[Field]> extends false ? Field : never
  ]: Instance[Field];
};

/** The row that an instance leads to, as a query. */
export interface RelatedRow<Instance, Owner, F extends Face> extends QueryOf<Instance, Instance, F> {
  /** A new instance that belongs to the owner, not saved. */
  build(fields?: Changes<Instance>): Instance;
  /** Inserts a row that belongs to the owner: its foreign key is filled in, or it is attached. */
  create(fields: RelatedInput<Instance, Owner>): Returns<Instance>[F];
  /** The same in the asynchronous face. */
  readonly async: RelatedRow<Instance, Owner, 'async'>;
}

/** Instances or primary keys, one or several. */
export type Targets<Instance> = Instance | KeyValue<Instance> | readonly (Instance | KeyValue<Instance>)[];

/** What columns of a join model hold besides: `attach<PostTag>(tag, { position: 1 })` lets the compiler check them. */
export type Pivot<Link> = [Link] extends [never] ? Readonly<Record<string, unknown>> : Changes<Link>;

/** What `toggle` did, by primary key. */
export interface Toggled<Instance> {
  readonly attached: KeyValue<Instance>[];
  readonly detached: KeyValue<Instance>[];
}

/** What `sync` did, by primary key. */
export interface Synced<Instance> extends Toggled<Instance> {
  /** Links that stay, with other columns of the join model. */
  readonly updated: KeyValue<Instance>[];
}

/** The rows that an instance leads to, as a query; `attach` and the like are for those by `manyToMany`. */
export interface RelatedRows<Instance, Owner, F extends Face> extends RelatedRow<Instance, Owner, F> {
  /**
   * Links rows with the owner, as far as they are not, in one statement; returns how many links were written. Columns of the join
   * model are written to the links that are there, too.
   *
   *     post.related('tags').attach([tag, 7]);
   *     // INSERT INTO "posts_tags" ("posts_id", "tags_id") VALUES (?, ?), (?, ?) ON CONFLICT ("posts_id", "tags_id") DO NOTHING
   */
  attach<Link = never>(targets: Targets<Instance>, pivot?: Pivot<Link>): Returns<number>[F];
  /** Deletes the links with these rows, or all links where nothing is said; returns how many. The rows stay. */
  detach(targets?: Targets<Instance>): Returns<number>[F];
  /** Makes these the only rows that are linked: reads the links, and writes the difference, in one transaction. */
  sync<Link = never>(targets: Targets<Instance>, pivot?: Pivot<Link>): Returns<Synced<Instance>>[F];
  /** Deletes the links that are there, and makes those that are not, in one transaction. */
  toggle<Link = never>(targets: Targets<Instance>, pivot?: Pivot<Link>): Returns<Toggled<Instance>>[F];
  /** The same in the asynchronous face. */
  readonly async: RelatedRows<Instance, Owner, 'async'>;
}

/** The query behind a relation, by what its field holds. */
export type RelatedOf<Owner, Value, F extends Face> = [Value] extends [readonly (infer Instance)[]]
  ? RelatedRows<Instance, Owner, F>
  : RelatedRow<NonNullable<Value>, Owner, F>;

/** The query behind a relation in each face. */
export interface RelatedQueries<Owner, Value> {
  sync: RelatedOf<Owner, Value, 'sync'>;
  async: RelatedOf<Owner, Value, 'async'>;
}

/** What each instance of a model can do. */
export interface InstanceOf<F extends Face> extends AnyModel {
  /**
   * Inserts a new instance, or writes the columns that changed since it was read or saved; if none did, nothing is run.
   *
   *     ann.age = 40;
   *     ann.save();                     // UPDATE "users" SET "age" = ? WHERE "id" = ?
   *
   * Throws `MissingFieldError`, `InvalidValueError` or `ReadOnlyFieldError` before any SQL, `NotFoundError` when the row is
   * gone, and a `ConstraintViolation` when SQLite refuses it.
   */
  save(): Returns<this>[F];
  /**
   * Lists all that is wrong with the instance, by the rules of `validate` and by its columns; nothing where it could be saved.
   *
   *     user.validate();                // [{ path: 'email', rule: 'email', message: 'must be an e-mail address' }]
   *
   * It throws nothing of that; `save` throws it as a `ValidationError`.
   */
  validate(): Returns<readonly Failure[]>[F];
  /**
   * Deletes the row; says whether there still was one. The instance keeps its values and cannot be saved again. With `@deletedAt()`
   * the row is marked, and `restore` brings it back.
   */
  delete(): Returns<boolean>[F];
  /**
   * Brings back the row that was deleted, of a model with `@deletedAt()`, and what was deleted along with it; says whether it was
   * deleted. Throws `UniqueViolation` where another row has a unique value of it meanwhile, and `QueryError` of other models.
   *
   *     ann.restore();          // UPDATE "users" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NOT NULL RETURNING "deleted_at"
   */
  restore(): Returns<boolean>[F];
  /**
   * Takes the row out of its table, of a model with `@deletedAt()`; says whether there still was one. Throws `QueryError` of other
   * models.
   *
   *     ann.forceDelete();      // DELETE FROM "users" WHERE "id" = ?
   */
  forceDelete(): Returns<boolean>[F];
  /** Whether the row is marked as deleted, as far as the instance knows; never of a model without `@deletedAt()`. */
  readonly isSoftDeleted: boolean;
  /** Reads every column again, over what was changed, of a row that is marked as deleted, too. Throws `NotFoundError` when it is gone. */
  reload(): Returns<this>[F];
  /**
   * Loads relations, and of all instances that were read together with this one, as far as they are not loaded yet.
   *
   *     user.load('posts', 'posts.comments');
   */
  load<Self, Path extends RelationOf<Self> | (string & {})>(
    this: Self,
    ...paths: (Path & RelationPath<Self, Path>)[]
  ): Returns<Self>[F];
  /** Reads deferred columns, of all instances that were read together with this one: `await user.load('photo')`. */
  load<Self, Field extends FieldOf<Self>>(this: Self, ...fields: Field[]): Returns<Self>[F];
  /**
   * The query behind a relation: for some of the rows, to count or to write them, to make new ones, or to link others.
   *
   *     user.related('posts').filter({ draft: false }).count();   // … WHERE "author_id" = ? AND "draft" = ?
   *     user.related('posts').create({ title: 'Owls' });          // "author_id" is filled in
   *     post.related('tags').sync([tag, 7]);                      // writes the difference
   *
   * Of an instance that is not saved it finds nothing, without a statement; to write there is a `QueryError`.
   */
  related<Self, Name extends RelationOf<Self>>(this: Self, name: Name): RelatedQueries<Self, Self[Name]>[F];
  /**
   * Sets fields from input of others: only those that `@table` lists as fillable, or else all but the primary key and
   * read-only ones. Throws `MassAssignmentError` or `UnknownFieldError` for others, and then sets none.
   */
  fill<Self>(this: Self, input: Changes<Self>): Self;
  /** The same in the asynchronous face: `await ann.async.save()`. */
  readonly async: InstanceView<this, 'async'>;
  /** The columns that are not hidden, in JSON's types: bigint as string, bytes as base64. */
  toJSON(): Record<string, unknown>;
}

/** What waits for SQLite on an instance, in one face, as `ann.async` has it. */
export interface InstanceView<Instance, F extends Face> {
  /** As `save` of the instance. */
  save(): Returns<Instance>[F];
  /** As `validate` of the instance. */
  validate(): Returns<readonly Failure[]>[F];
  /** As `delete` of the instance. */
  delete(): Returns<boolean>[F];
  /** As `restore` of the instance. */
  restore(): Returns<boolean>[F];
  /** As `forceDelete` of the instance. */
  forceDelete(): Returns<boolean>[F];
  /** As `reload` of the instance. */
  reload(): Returns<Instance>[F];
  /** As `load` of the instance: `await user.async.load('posts')`. */
  load<Path extends RelationOf<Instance> | (string & {})>(
    ...paths: (Path & RelationPath<Instance, Path>)[]
  ): Returns<Instance>[F];
  /** As `related` of the instance: `await user.async.related('posts').count()`. */
  related<Self, Name extends RelationOf<Self>>(
    this: InstanceView<Self, F>, // so that the view of a subclass stays a view of its parent
    name: Name,
  ): RelatedQueries<Self, Self[Name]>[F];
  /** As `load` of the instance: `await user.async.load('photo')`. */
  load<Field extends FieldOf<Instance>>(...fields: Field[]): Returns<Instance>[F];
  /** The same in a transaction, where the platform does not tell by itself: `await ann.async.using(tx).save()`. */
  using(transaction: ModelHome<F>): InstanceView<Instance, F>;
}

/** `this` of a model's static methods, from which they know the instances' type; abstract classes are welcome. */
export interface Of<Instance> {
  readonly prototype: Instance;
}

/** What each model class can do. */
export interface Statics<F extends Face> extends SqlChunk {
  /** A query for all instances, to narrow down. */
  query<Instance>(this: Of<Instance>): Queries<Instance>[F];
  /** A query with conditions: see `Query.filter`. */
  filter<Instance>(this: Of<Instance>, where: Where<Instance>): Queries<Instance>[F];
  /** A query that reads relations along: see `Query.with`. */
  with<Instance>(this: Of<Instance>, relations: With<Instance>): Queries<Instance>[F];
  /** A query that reads relations along, by name or path. */
  with<Instance, Path extends RelationOf<Instance> | (string & {})>(
    this: Of<Instance>,
    ...paths: (Path & RelationPath<Instance, Path>)[]
  ): Queries<Instance>[F];
  /** Every instance. */
  all<Instance>(this: Of<Instance>): Returns<Instance[]>[F];
  /** How many rows there are. */
  count<Instance>(this: Of<Instance>): Returns<number>[F];
  /**
   * The instance with a primary key, or `undefined`: `WHERE "id" = ?`. A composite key is an object of its fields:
   * `Membership.findById({ userId: 1, groupId: 2 })`.
   */
  findById<Instance>(this: Of<Instance>, key: KeyOf<Instance>): Returns<Instance | undefined>[F];
  /** A new instance with these fields, not saved. */
  build<Instance>(this: Of<Instance>, fields?: Changes<Instance>): Instance;
  /**
   * Inserts a row and returns it as an instance.
   *
   *     User.create({ email: 'ann@x.org', name: 'Ann' });      // INSERT INTO "users" (…) VALUES (…)
   *
   * Fields without a default that may not be null are asked for by the compiler, and by `MissingFieldError` at run time.
   */
  create<Instance>(this: Of<Instance>, fields: Input<Instance>): Returns<Instance>[F];
  /**
   * Inserts a row and the rows in its relations, in one transaction; returns its instance, with these relations loaded.
   *
   *     User.createGraph({ name: 'Ann', posts: [{ title: 'Owls', comments: [{ body: 'Nice' }] }], team });
   *
   * What is referred to is inserted first, and its key put into the rows that refer. An instance in a place of a row is linked.
   * Throws `CyclicReferenceError` for rows of which none can be the first, and what `create` throws.
   */
  createGraph<Instance>(this: Of<Instance>, fields: GraphInput<Instance>): Returns<Instance>[F];
  /** The instance whose fields equal these, or a new one with them and the defaults; asked and inserted in one transaction. */
  findOrCreate<Instance>(
    this: Of<Instance>,
    match: Changes<Instance>,
    defaults?: Changes<Instance>,
  ): Returns<Instance>[F];
  /** The instance whose fields equal these, with the changes saved, or a new one with both; in one transaction. */
  updateOrCreate<Instance>(
    this: Of<Instance>,
    match: Changes<Instance>,
    changes: Changes<Instance>,
  ): Returns<Instance>[F];
  /** Writes fields of every row there is (as far as default scopes let it); returns how many. */
  updateAll<Instance>(this: Of<Instance>, changes: Assignments<Instance>): Returns<number>[F];
  /** Deletes every row there is (as far as default scopes let it); returns how many. */
  deleteAll<Instance>(this: Of<Instance>): Returns<number>[F];
  /** Instances from SQL of your own, which must return every column of the table by its name. */
  fromSql<Instance>(this: Of<Instance>, query: Sql): Returns<Instance[]>[F];
  /**
   * Calls a function at an event of every instance; the function that is returned ends that.
   *
   *     const stop = User.on('beforeSave', ({ instance, changes, cancel }) => { … }, { priority: 10 });
   *     stop();
   *
   * Throws `DefinitionError` for a name that is no event.
   */
  on<Instance, Name extends EventName>(
    this: Of<Instance>,
    name: Name,
    listener: Listener<Instance, Name>,
    options?: ListenerOptions<Instance, Name>,
  ): Unsubscribe;
  /**
   * Calls a function whenever a relation of an instance begins to lead to a row, or ceases to: by `attach` and the like, and whenever a
   * foreign key is written.
   *
   *     Post.on('beforeAdd', (event) => {
   *       if (event.relation === 'tags' && event.related?.isRetired) event.cancel('retired');
   *     });
   */
  on<Instance, Name extends RelationEventName>(
    this: Of<Instance>,
    name: Name,
    listener: RelationListener<Instance, Name>,
    options?: RelationListenerOptions<Instance, Name>,
  ): Unsubscribe;
  /**
   * Calls a function when a relation is loaded, once for all instances of which it is:
   *
   *     Account.on('beforeLoadRelation', ({ relation, actor, cancel }) => {
   *       if (relation === 'salaries' && actor !== hr) cancel('not for you');
   *     });
   */
  on<Instance, Name extends RelationLoadEventName>(
    this: Of<Instance>,
    name: Name,
    listener: RelationLoadListener<Instance, Name>,
    options?: RelationLoadListenerOptions<Instance, Name>,
  ): Unsubscribe;
  /**
   * The same model on another database, for this call: `User.using(archive).count()`. On a transaction, in which every call then
   * runs: `User.using(tx).create(…)`.
   */
  using<Self>(this: Self, database: HomeOf[F]): Self;
  /** The same model on an asynchronous database, or in an asynchronous transaction: what it returns is promised. */
  using<Instance>(this: Of<Instance>, database: ModelHome<'async'>): ModelView<Instance, 'async'>;
  /** The same model where an event happens, in whichever face: what it returns is there or promised, as the event's listener waits. */
  using<Instance>(this: Of<Instance>, database: ModelHome): ModelView<Instance, Face>;
  /**
   * The same model in the asynchronous face: `await User.async().filter({ age: gte(18) }).all()`.
   *
   * It is a method, since TypeScript does not tell a static property what class it is read from.
   */
  async<Instance>(this: Of<Instance>): ModelView<Instance, 'async'>;
}

/** The databases that leave a model in its face. */
export interface HomeOf {
  sync: ModelHome<'sync'>;
  async: ModelHome;
}

/** A model in a face that is not its own; what is not said here is as with the model itself. */
export interface ModelView<Instance, F extends Face> extends SqlChunk {
  readonly prototype: Instance;
  /** A query for all instances, to narrow down. */
  query(): Queries<Instance>[F];
  /** A query with conditions. */
  filter(where: Where<Instance>): Queries<Instance>[F];
  /** A query that reads relations along. */
  with(relations: With<Instance>): Queries<Instance>[F];
  /** A query that reads relations along, by name or path. */
  with<Path extends RelationOf<Instance> | (string & {})>(
    ...paths: (Path & RelationPath<Instance, Path>)[]
  ): Queries<Instance>[F];
  /** Every instance. */
  all(): Returns<Instance[]>[F];
  /** How many rows there are. */
  count(): Returns<number>[F];
  /** The instance with a primary key, or `undefined`. */
  findById(key: KeyOf<Instance>): Returns<Instance | undefined>[F];
  /** A new instance with these fields, not saved. */
  build(fields?: Changes<Instance>): Instance;
  /** Inserts a row and returns it as an instance. */
  create(fields: Input<Instance>): Returns<Instance>[F];
  /** Inserts a row and the rows in its relations, in one transaction. */
  createGraph(fields: GraphInput<Instance>): Returns<Instance>[F];
  /** The instance whose fields equal these, or a new one with them and the defaults. */
  findOrCreate(match: Changes<Instance>, defaults?: Changes<Instance>): Returns<Instance>[F];
  /** The instance whose fields equal these, with the changes saved, or a new one with both. */
  updateOrCreate(match: Changes<Instance>, changes: Changes<Instance>): Returns<Instance>[F];
  /** Writes fields of every row there is; returns how many. */
  updateAll(changes: Assignments<Instance>): Returns<number>[F];
  /** Deletes every row there is; returns how many. */
  deleteAll(): Returns<number>[F];
  /** Instances from SQL of your own, which must return every column of the table by its name. */
  fromSql(query: Sql): Returns<Instance[]>[F];
  /** The same on another database, or in a transaction. */
  using(database: ModelHome): ModelView<Instance, F>;
}

/** A class that models extend. */
export interface ModelConstructor<F extends Face> extends Statics<F> {
  new (): InstanceOf<F>;
  readonly prototype: InstanceOf<F>;
}

/**
 * A class that a mixin extends: `Model`, or one that extends it.
 *
 *     function Timestamped<Class extends Mixable>(Class: Class) {
 *       abstract class Timestamps extends Class {
 *         @createdAt() createdAt!: Generated<Date>;
 *       }
 *       return Timestamps;
 *     }
 *
 *     @table('posts')
 *     class Post extends Timestamped(Model) { … }
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeScript takes no other constructor for a mixin's
export type Mixable<Instance = AnyModel> = abstract new (...parameters: any[]) => Instance;
