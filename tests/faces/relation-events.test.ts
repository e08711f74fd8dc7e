import { describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  belongsTo,
  CancelledError,
  defineModel,
  hasMany,
  id,
  integer,
  manyToMany,
  relate,
  text,
  ValidationError,
  type Described,
  type Face,
  type InstanceOf,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, inOrder, type TestFace, type TestModel } from './faces.js';

const teamColumns = { id: id(), name: text() };
const playerColumns = { id: id(), name: text(), teamId: integer() };
const logColumns = { id: id(), what: text() };

class SyncTeam extends defineModel('teams', teamColumns) {
  declare players: SyncPlayer[];
  declare rivals: SyncTeam[];
  static {
    relate(SyncTeam, {
      players: hasMany(() => SyncPlayer, 'teamId', { max: 3 }),
      rivals: manyToMany(() => SyncTeam, { from: 'team_id', to: 'rival_id' }),
    });
  }
}
class SyncPlayer extends defineModel('players', playerColumns) {
  declare team: SyncTeam;
  static {
    relate(SyncPlayer, { team: belongsTo(() => SyncTeam, 'teamId', { onDelete: 'cascade' }) });
  }
}
class SyncLog extends defineModel('log', logColumns) {}

class AsyncTeam extends defineAsyncModel('teams', teamColumns) {
  declare players: AsyncPlayer[];
  declare rivals: AsyncTeam[];
  static {
    relate(AsyncTeam, {
      players: hasMany(() => AsyncPlayer, 'teamId', { max: 3 }),
      rivals: manyToMany(() => AsyncTeam, { from: 'team_id', to: 'rival_id' }),
    });
  }
}
class AsyncPlayer extends defineAsyncModel('players', playerColumns) {
  declare team: AsyncTeam;
  static {
    relate(AsyncPlayer, { team: belongsTo(() => AsyncTeam, 'teamId', { onDelete: 'cascade' }) });
  }
}
class AsyncLog extends defineAsyncModel('log', logColumns) {}

type Instance = Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;
type Team = Described<typeof teamColumns> & Instance;
type Player = Described<typeof playerColumns> & Instance;
type Log = Described<typeof logColumns> & Instance;

/** The verbs of links, as tests use them in whichever face. */
interface Links {
  attach(targets: unknown): unknown;
  sync(targets: unknown): unknown;
  count(): unknown;
}

async function opened(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const models = isAsync ? [AsyncTeam, AsyncPlayer, AsyncLog] : [SyncTeam, SyncPlayer, SyncLog];
  const { db, of } = await face.open({ models, cascadeEvents: true });
  const views = isAsync || !face.waits ? models : [SyncTeam.async(), SyncPlayer.async(), SyncLog.async()];
  const [Team, Player, Log] = views as unknown as [TestModel<Team>, TestModel<Player>, TestModel<Log>];
  const [red, blue] = [await Team.create({ name: 'red' }), await Team.create({ name: 'blue' })];
  for (const name of ['a', 'b', 'c']) await Player.create({ name, teamId: red.id });
  const links = (team: Team) => (of(team).related as unknown as (name: string) => Links)('rivals');
  return { db, of, Team, Player, Log, red, blue, links };
}

/** What a listener returns: a value, or where results are promised the promise of it, which is fulfilled later. */
const later = <Result>({ waits }: TestFace, work: () => Result): unknown =>
  waits ? new Promise((resolve) => setTimeout(resolve, 1)).then(work) : work();

describe.each(faces)('events of relations, $name', (face) => {
  it('are waited for, and write in the transaction of what they listen to', async () => {
    const { db, of, Player, Log, blue } = await opened(face);
    db.on(
      'afterAdd',
      ({ model, relation, ownerKey, database }) =>
        later(face, () =>
          Log.using(database).create({ what: `${model.name.slice(-4)}.${relation} ${ownerKey as number}` }),
        ),
      { where: ({ relation }) => relation === 'players' },
    );
    const player = (await Player.findById(1))!;
    player.teamId = blue.id;
    expect(await statementsOf(db, () => of(player).save())).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "players" SET "team_id" = ? WHERE "id" = ?',
      expect.stringContaining('SELECT (SELECT count(*) FROM "players"'),
      'INSERT INTO "log" ("what") VALUES (?)',
      'COMMIT',
    ]);
    expect(await Log.query().pluck('what')).toEqual(['Team.players 2']);
  });

  it('of links can be cancelled, and undo nothing else of a transaction', async () => {
    const { db, Player, red, blue, links } = await opened(face);
    const stop = db.on('beforeAdd', (event) => later(face, () => event.cancel('no rivals')));
    await db.transaction(() =>
      inOrder(
        () => Player.filter({ id: 3 }).delete(),
        (): unknown => attempt(() => links(red).attach(blue)),
      ),
    );
    expect(await attempt(() => links(red).attach(blue))).toMatchObject({ reason: 'no rivals' });
    expect(await attempt(() => links(red).sync([blue]))).toBeInstanceOf(CancelledError);
    stop();
    expect([await links(red).count(), await Player.count()]).toEqual([0, 2]);
    const told: unknown[] = [];
    db.on('afterAdd', ({ relation, ownerKey, relatedKey }) =>
      later(face, () => told.push(relation, ownerKey, relatedKey)),
    );
    expect(await links(red).attach(blue)).toBe(1);
    expect(told).toEqual(['rivals', 1, 2]);
  });

  it('of links refuse a listener that would call itself for ever, and nobody who changes the same meanwhile', async () => {
    const { db, red, blue, links } = await opened(face);
    const stop = db.on('beforeAdd', () => later(face, () => links(red).attach(blue)));
    expect(await attempt(() => links(red).attach(blue))).toMatchObject({ code: 'ORM_RECURSIVE_HOOK', verb: 'link' });
    expect(await links(red).count()).toBe(0);
    stop();
    db.on('beforeAdd', () => later(face, () => undefined));
    const both = await Promise.all([links(red).attach(blue), links(red).attach(blue)]);
    expect(both).toEqual([1, 0]);
  });

  it('have conditions that wait for nothing', async () => {
    const { db, of, Player } = await opened(face);
    const where = (() => Promise.resolve(true)) as unknown as () => boolean;
    db.on('beforeRemove', () => undefined, { where });
    const player = (await Player.findById(1))!;
    expect(await attempt(() => of(player).delete())).toBeInstanceOf(AsyncCallbackError);
    expect(await Player.count()).toBe(3);
  });

  it('come with the cascades of a delete', async () => {
    const { db, of, Player, red } = await opened(face);
    const told: string[] = [];
    db.on('afterDelete', ({ model, source }) =>
      later(face, () => told.push(`${model.name.replace(/A?[sS]ync/, '')} ${source}`)),
    );
    await of(red).delete();
    expect(told).toEqual(['Team call', 'Player cascade', 'Player cascade', 'Player cascade']);
    expect(await Player.count()).toBe(0);
  });

  it('and rules undo what breaks them', async () => {
    const { db, Player, red } = await opened(face);
    const error = await attempt(() => Player.create({ name: 'd', teamId: red.id }));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ failures: [{ path: 'players', rule: 'max' }] });
    expect(
      await attempt(() => db.transaction(() => inOrder(() => Player.create({ name: 'd', teamId: red.id })))),
    ).toBeInstanceOf(ValidationError);
    expect(await Player.count()).toBe(3);
  });
});

describe.each(faces)('what is done before a commit, $name', (face) => {
  it('is waited for, may write, and may undo everything', async () => {
    const { db, Team, Log } = await opened(face);
    const within = (transaction: unknown) => (face.waits ? Team.using(transaction) : Team);
    const stop = db.on(
      'beforeCommit',
      ({ instance, database }) =>
        later(face, () => Log.using(database).create({ what: (instance as unknown as Team).name })),
      { where: ({ model }) => model.name.endsWith('Team') },
    );
    await db.transaction(() =>
      inOrder(
        () => Team.create({ name: 'green' }),
        () => Team.create({ name: 'white' }),
      ),
    );
    await using transaction = await db.begin();
    await within(transaction).create({ name: 'black' });
    await transaction.commit();
    expect(await Log.query().orderBy('id').pluck('what')).toEqual(['green', 'white', 'black']);
    stop();
    db.on('beforeCommit', (event) => later(face, () => event.cancel('late')));
    expect(await attempt(() => Team.create({ name: 'grey' }))).toMatchObject({ event: 'beforeCommit', reason: 'late' });
    expect(await attempt(() => db.transaction(() => Team.create({ name: 'grey' })))).toBeInstanceOf(CancelledError);
    await using undone = await db.begin();
    await within(undone).create({ name: 'grey' });
    expect(await attempt(() => undone.commit())).toBeInstanceOf(CancelledError);
    expect(undone.isOpen).toBe(false);
    expect(await Team.count()).toBe(5);
  });
});
