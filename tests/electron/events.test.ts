/** Events and rules belong to where the models are used: a window has its own, and the file is elsewhere. */
import { describe, expect, it } from 'vitest';
import { ForbiddenError, id, Model, rules, table, text, validate, ValidationError, type Generated } from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { allow } from 'litemodel/electron-main';
import { openMain, openWindow } from './window.js';

@table('labels')
class Label extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@table('labels')
class WindowLabel extends AsyncModel {
  @id() id!: Generated<number>;
  @validate(rules.maxLength(5), rules.unique()) @text() name!: string;
}

describe('in a window', () => {
  it('listeners are those of the window, and undo what is written in main', async () => {
    const db = openMain({ models: [Label] });
    const { window } = await openWindow(
      db,
      { models: [allow(Label, ['create', 'read', 'update', 'delete'])] },
      { models: [WindowLabel] },
    );
    const told: string[] = [];
    for (const name of ['afterCreate', 'afterCommit', 'afterRollback'] as const) {
      db.on(name, () => told.push(`${name} in main`));
      window.on(name, () => told.push(`${name} in the window`));
    }
    const stop = window.on('afterCreate', async ({ database }) => {
      await WindowLabel.using(database).count();
      throw new Error('boom');
    });
    await expect(WindowLabel.create({ name: 'a' })).rejects.toThrow('boom');
    stop();
    expect(Label.count()).toBe(0);
    await WindowLabel.create({ name: 'b' });
    expect(told).toEqual([
      'afterCreate in the window',
      'afterRollback in the window',
      'afterCreate in the window',
      'afterCommit in the window',
    ]);
    Label.create({ name: 'c' });
    expect(told.slice(4)).toEqual(['afterCreate in main', 'afterCommit in main']);
  });

  it('who does it is asked there, too, and nothing of it goes to main', async () => {
    const db = openMain({ models: [Label], actor: () => 'main' });
    const { window } = await openWindow(
      db,
      { models: [allow(Label, ['create', 'read', 'update', 'delete'])] },
      { models: [WindowLabel], actor: () => 'the window' },
    );
    const told: string[] = [];
    db.on('afterCommit', ({ actor }) => told.push(String(actor)));
    window.on('afterCommit', ({ actor }) => told.push(String(actor)));
    await WindowLabel.create({ name: 'a' });
    await window.transaction(() => WindowLabel.create({ name: 'b' }), { actor: { name: () => 'no plain data' } });
    Label.create({ name: 'c' });
    expect(told).toEqual(['the window', '[object Object]', 'main']);
  });

  it('rules ask main what they may', async () => {
    const db = openMain({ models: [Label] });
    Label.create({ name: 'there' });
    const seeing = await openWindow(db, { models: [allow(Label, ['create', 'read'])] }, { models: [WindowLabel] });
    await expect(WindowLabel.create({ name: 'there' })).rejects.toThrow(
      new ValidationError('WindowLabel', [{ path: 'name', rule: 'unique', message: 'is taken' }]),
    );
    await expect(WindowLabel.create({ name: 'too long' })).rejects.toThrow(ValidationError);
    await WindowLabel.create({ name: 'new' });
    await seeing.window.close();
    await openWindow(db, { models: [allow(Label, ['create'])] }, { models: [WindowLabel] });
    await expect(WindowLabel.create({ name: 'x' })).rejects.toThrow(ForbiddenError);
    expect(Label.query().orderBy('id').pluck('name')).toEqual(['there', 'new']);
  });
});
