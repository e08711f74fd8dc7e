/** Deferred columns: fields like any others, which `load` reads. */
import { blob, id, Model, table, text, type Generated } from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { is } from './equal.js';

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @blob({ deferred: true }) photo!: Uint8Array;
  @blob({ nullable: true, deferred: true }) scan!: Uint8Array | null;
}

@table('async_users')
export class AsyncUser extends AsyncModel {
  @id() id!: Generated<number>;
  @blob({ deferred: true }) photo!: Uint8Array;
}

export class Wrong extends Model {
  // @ts-expect-error: no Uint8Array
  @blob({ deferred: true }) photo!: string;
  // @ts-expect-error: yes or no
  @blob({ deferred: 'yes' }) scan!: Uint8Array;
}

// @ts-expect-error: the photo is required
User.create({ name: 'x' });
const user = User.create({ name: 'x', photo: new Uint8Array() });
is<User>()(user.load('photo'));
is<Promise<User>>()(user.async.load('photo', 'scan'));
is<Promise<AsyncUser>>()(AsyncUser.build().load('photo'));
// @ts-expect-error: no such field
user.load('fhoto');
