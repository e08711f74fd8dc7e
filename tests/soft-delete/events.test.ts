import { beforeEach, describe, expect, it } from 'vitest';
import {
  afterDelete,
  afterRestore,
  beforeRestore,
  belongsTo,
  CancelledError,
  deletedAt,
  hasMany,
  id,
  integer,
  Model,
  NotFoundError,
  RecursiveHookError,
  rules,
  sql,
  table,
  text,
  validate,
  ValidationError,
  type AfterEvent,
  type Database,
  type EventName,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from '../events/stop-later.js';

const told: string[] = [];

@table('teams')
class Team extends Model {
  @id() id!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
  @hasMany(() => Player, 'teamId', { max: 2, min: 1 }) players!: Player[];
}

@table('players')
class Player extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer() teamId!: number;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Team, 'teamId', { onDelete: 'cascade' }) team!: Team;

  @afterDelete() left({ isSoft }: AfterEvent<Player>) {
    told.push(`${this.name} left, softly: ${isSoft}`);
  }
  @beforeRestore() returning() {
    told.push(`${this.name} returns`);
  }
  @afterRestore() returned({ changes }: AfterEvent<Player>) {
    told.push(`${this.name} returned: ${Object.keys(changes).join()}`);
  }
}

/** Is valid no more, by rules that are asked at a save and at the commit. */
@table('rounds')
class Round extends Model {
  @id() id!: Generated<number>;
  @validate(rules.min(1)) @integer() points!: number;
  @deletedAt() deletedAt!: Date | null;
  @validate({ at: 'commit' }) isFair() {
    return this.points > 0 ? undefined : 'must be fair';
  }
}

/** Goes with its player only where that goes for good. */
@table('shirts')
class Shirt extends Model {
  @id() id!: Generated<number>;
  @integer() playerId!: number;
  @belongsTo(() => Player, 'playerId', { onDelete: 'cascade' }) player!: Player;
}

const models = [Team, Player, Shirt, Round];
const names: readonly EventName[] = [
  'beforeDelete',
  'afterDelete',
  'beforeRestore',
  'afterRestore',
  'beforeSave',
  'afterSave',
  'beforeValidate',
  'afterCommit',
  'afterRollback',
];

let db: Database;

describe.each(drivers)('the events of a delete that leaves the row, on $name', ({ open }) => {
  const start = async (options = {}): Promise<[Team, Player, Player]> => {
    db = await open({ models, ...options });
    const started = db.transaction((): [Team, Player, Player] => {
      const made = Team.create({});
      return [made, Player.create({ name: 'Ann', teamId: made.id }), Player.create({ name: 'Eve', teamId: made.id })];
    });
    told.splice(0);
    return started;
  };
  const listen = (model: typeof Player | typeof Team | typeof Shirt) => {
    for (const name of names) {
      stopLater(
        (model as typeof Player).on(name, ({ verb, isSoft, source, instance }) => {
          told.push(`${name} ${instance.constructor.name} ${instance.id} ${verb} ${isSoft} ${source}`);
        }),
      );
    }
  };

  beforeEach(() => void told.splice(0));

  it('come before and after, in one transaction with it, and so do those of what brings it back', async () => {
    const [, ann] = await start();
    listen(Player);
    expect(statementsOf(db, () => ann.delete()).filter((sql) => !sql.startsWith('SELECT'))).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "players" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NULL RETURNING "deleted_at"',
      'COMMIT',
    ]);
    expect(told.splice(0)).toEqual([
      'beforeDelete Player 1 delete true call',
      'Ann left, softly: true',
      'afterDelete Player 1 delete true call',
      'afterCommit Player 1 delete true call',
    ]);
    ann.delete(); // nobody hears of what is done already
    ann.name = 'Annie';
    expect(() => ann.save()).toThrow(NotFoundError); // or of what cannot be done
    ann.name = 'Ann';
    expect(told.splice(0)).toEqual([]);
    ann.restore();
    expect(told.splice(0)).toEqual([
      'Ann returns',
      'beforeRestore Player 1 restore false call',
      'Ann returned: deletedAt',
      'afterRestore Player 1 restore false call',
      'afterCommit Player 1 restore false call',
    ]);
    ann.forceDelete();
    expect(told).toEqual([
      'beforeDelete Player 1 delete false call',
      'Ann left, softly: false',
      'afterDelete Player 1 delete false call',
      'afterCommit Player 1 delete false call',
    ]);
  });

  it('keep it from being done', async () => {
    const [, ann] = await start();
    stopLater(Player.on('beforeDelete', ({ cancel }) => cancel('not now')));
    stopLater(Player.on('beforeRestore', ({ cancel }) => cancel('never')));
    expect(() => ann.delete()).toThrow(CancelledError);
    expect([ann.deletedAt, Player.count()]).toEqual([null, 2]);
    Player.filter({ id: ann.id }).delete(); // as of every query, nobody hears of it
    expect(() => ann.reload().restore()).toThrow('never');
    expect([ann.isSoftDeleted, Player.count()]).toEqual([true, 1]);
  });

  it('undo it where they fail', async () => {
    const [, ann] = await start();
    const stop = Player.on('afterDelete', () => {
      throw new Error('undone');
    });
    expect(() => ann.delete()).toThrow('undone');
    stop();
    expect([ann.deletedAt, ann.isSoftDeleted, Player.count()]).toEqual([null, false, 2]);
    ann.delete();
    stopLater(
      Player.on('afterRestore', ({ instance }) => {
        instance.restore();
      }),
    );
    expect(() => ann.restore()).toThrow(RecursiveHookError);
    expect([ann.isSoftDeleted, Player.count()]).toEqual([true, 1]);
  });

  it('are those of the rules of relations, too', async () => {
    const [team, ann, eve] = await start();
    ann.delete();
    Player.create({ name: 'Bea', teamId: team.id }); // a third one, of which one is deleted
    expect(() => ann.restore()).toThrow(ValidationError);
    expect(ann.isSoftDeleted).toBe(true);
    Player.filter({ name: 'Bea' }).delete();
    expect(() => eve.delete()).toThrow(ValidationError); // the last one
    expect(eve.isSoftDeleted).toBe(false);
    expect(ann.restore()).toBe(true);
    const added: string[] = [];
    stopLater(
      Team.on('afterRemove', ({ relation, relatedKey }) => void added.push(`- ${relation} ${String(relatedKey)}`)),
    );
    stopLater(
      Team.on('afterAdd', ({ relation, relatedKey }) => void added.push(`+ ${relation} ${String(relatedKey)}`)),
    );
    ann.delete();
    ann.restore();
    expect(added).toEqual(['- players 1', '+ players 1']);
  });

  it('have no rules of validation among them, by which a row could not be deleted', async () => {
    await start();
    db.run(sql`INSERT INTO rounds (points) VALUES (0)`);
    const round = Round.query().one();
    expect(() => db.transaction(() => round.delete())).not.toThrow();
    expect(() => db.transaction(() => round.restore())).not.toThrow();
    expect(Round.count()).toBe(1);
    const fresh = db.transaction(() => {
      const made = Round.create({ points: 1 });
      made.points = 2;
      made.save();
      made.delete();
      return made;
    });
    expect(fresh.isSoftDeleted).toBe(true);
  });

  it('are told of what goes along, where the database is asked to: of what is left in its table as that is', async () => {
    const [team, ann] = await start({ cascadeEvents: true });
    Shirt.create({ playerId: ann.id });
    Player.filter({ name: 'Eve' }).delete();
    told.splice(0);
    for (const model of [Player, Shirt]) listen(model);
    const moments: unknown[] = [];
    stopLater(
      Player.on('afterDelete', ({ instance }) => void moments.push(instance.deletedAt, instance.isSoftDeleted)),
    );
    team.delete();
    expect(told.splice(0)).toEqual([
      'beforeDelete Player 1 delete true cascade',
      'Ann left, softly: true',
      'afterDelete Player 1 delete true cascade',
      'afterCommit Player 1 delete true cascade',
    ]);
    expect(moments).toEqual([team.deletedAt, true]);
    expect(Player.query().onlyDeleted().filter({ name: 'Ann' }).one().deletedAt).toEqual(team.deletedAt);
    team.forceDelete();
    expect(told.filter((each) => each.startsWith('beforeDelete'))).toEqual([
      'beforeDelete Player 1 delete false cascade',
      'beforeDelete Player 2 delete false cascade',
      'beforeDelete Shirt 1 delete false cascade',
    ]);
  });
});
