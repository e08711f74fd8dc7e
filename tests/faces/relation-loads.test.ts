import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  CancelledError,
  defineModel,
  hasMany,
  id,
  integer,
  relate,
  text,
  type Described,
  type Face,
  type InstanceOf,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, type TestFace, type TestModel } from './faces.js';

const teamColumns = { id: id(), name: text() };
const playerColumns = { id: id(), teamId: integer() };
const logColumns = { id: id(), what: text() };

class SyncTeam extends defineModel('teams', teamColumns) {
  declare players: SyncPlayer[];
  static {
    relate(SyncTeam, { players: hasMany(() => SyncPlayer, 'teamId') });
  }
}
class SyncPlayer extends defineModel('players', playerColumns) {
  declare team: SyncTeam;
  static {
    relate(SyncPlayer, { team: belongsTo(() => SyncTeam, 'teamId') });
  }
}
class SyncLog extends defineModel('log', logColumns) {}

class AsyncTeam extends defineAsyncModel('teams', teamColumns) {
  declare players: AsyncPlayer[];
  static {
    relate(AsyncTeam, { players: hasMany(() => AsyncPlayer, 'teamId') });
  }
}
class AsyncPlayer extends defineAsyncModel('players', playerColumns) {
  declare team: AsyncTeam;
  static {
    relate(AsyncPlayer, { team: belongsTo(() => AsyncTeam, 'teamId') });
  }
}
class AsyncLog extends defineAsyncModel('log', logColumns) {}

type Instance = Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;
type Team = Described<typeof teamColumns> & Instance;
type Player = Described<typeof playerColumns> & Instance;
type Log = Described<typeof logColumns> & Instance;

/** A model whose relations tests read along, in whichever face. */
type Reading = { with(...relations: string[]): { all(): unknown } };

async function opened(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const models = isAsync ? [AsyncTeam, AsyncPlayer, AsyncLog] : [SyncTeam, SyncPlayer, SyncLog];
  const { db, of } = await face.open({ models, actor: () => 'Ann' });
  const views = isAsync || !face.waits ? models : [SyncTeam.async(), SyncPlayer.async(), SyncLog.async()];
  const [Team, Player, Log] = views as unknown as [TestModel<Team>, TestModel<Player>, TestModel<Log>];
  const [red, blue] = [await Team.create({ name: 'red' }), await Team.create({ name: 'blue' })];
  for (const teamId of [red.id, red.id, blue.id]) await Player.create({ teamId });
  const load = (team: Team) => (of(team).load as unknown as (name: string) => unknown)('players');
  const readAlong = (...relations: string[]) => (Team as unknown as Reading).with(...relations).all();
  return { db, of, Team, Player, Log, load, readAlong };
}

/** What a listener returns: a value, or where results are promised the promise of it, which is fulfilled later. */
const later = <Result>({ waits }: TestFace, work: () => Result): unknown =>
  waits ? new Promise((resolve) => setTimeout(resolve, 1)).then(work) : work();

describe.each(faces)('events of loading a relation, $name', (face) => {
  it('are waited for, and cost no statement of their own', async () => {
    const { db, Team, load, readAlong } = await opened(face);
    const told: unknown[] = [];
    db.on('beforeLoadRelation', ({ relation, owners, reason, actor }) =>
      later(face, () => told.push(['before', relation, owners.length, reason, actor])),
    );
    db.on('afterLoadRelation', ({ relation, related, reason, transaction }) =>
      later(face, () => told.push(['after', relation, related.length, reason, transaction === undefined])),
    );
    expect(await statementsOf(db, () => readAlong('players.team'))).toHaveLength(3);
    expect(told.splice(0)).toEqual([
      ['before', 'players', 2, 'with', 'Ann'],
      ['before', 'team', 3, 'with', 'Ann'],
      ['after', 'team', 2, 'with', true],
      ['after', 'players', 3, 'with', true],
    ]);
    const team = (await Team.findById(1))!;
    await load(team);
    await load(team);
    expect(told.splice(0)).toEqual([
      ['before', 'players', 1, 'load', 'Ann'],
      ['after', 'players', 2, 'load', true],
    ]);
    await db.transaction(() => readAlong('players'), { actor: 'Ben' });
    expect(told).toEqual([
      ['before', 'players', 2, 'with', 'Ben'],
      ['after', 'players', 3, 'with', false],
    ]);
  });

  it('may write where it is read, and keep it from being read', async () => {
    const { db, Team, Log, load, readAlong } = await opened(face);
    db.on('afterLoadRelation', ({ relation, database }) =>
      later(face, () => Log.using(database).create({ what: `read ${relation}` })),
    );
    await readAlong('players');
    expect(await Log.query().pluck('what')).toEqual(['read players']);
    db.on('beforeLoadRelation', (event) => later(face, () => event.cancel('not now')));
    expect(await attempt(() => readAlong('players'))).toBeInstanceOf(CancelledError);
    const team = (await Team.findById(1))!;
    expect(await attempt(() => load(team))).toMatchObject({ event: 'beforeLoadRelation', reason: 'not now' });
    expect(await Log.count()).toBe(1);
  });
});
