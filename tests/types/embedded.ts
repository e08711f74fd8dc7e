/** Embedded objects: their fields are compared, asked for, and named in conditions and orders. */
import { asc, embedded, gte, id, integer, Model, table, text, type Generated } from 'litemodel';
import { is } from './equal.js';

class Address {
  @text() city!: string;
  @text({ nullable: true }) zip!: string | null;
}

class Size {
  @integer() width!: number;
}

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @embedded(() => Address) address!: Address;
  @embedded(() => Address, { nullable: true, prefix: 'work_' }) work!: Address | null;
}

export class Wrong extends Model {
  // @ts-expect-error: another class
  @embedded(() => Size) a!: Address;
  // @ts-expect-error: there may be none
  @embedded(() => Address, { nullable: true }) b!: Address;
  // @ts-expect-error: no such option
  @embedded(() => Address, { prefixed: 'x' }) c!: Address;
  // @ts-expect-error: no class
  @embedded(() => 'x') d!: Address;
}

is<User>()(User.create({ name: 'x', address: { city: 'x', zip: null } }));
// @ts-expect-error: the address is required
User.create({ name: 'x' });
// @ts-expect-error: and has a city
User.create({ name: 'x', address: { zip: null } });
// @ts-expect-error: and no town
User.create({ name: 'x', address: { city: 'x', zip: null, town: 'x' } });

User.filter({ address: { city: gte('x') }, work: null });
// @ts-expect-error: no such field inside
User.filter({ address: { town: 'x' } });
// @ts-expect-error: a text
User.filter({ address: { city: 5 } });
User.query().orderBy('address.city', ['work.zip', 'desc'], asc('address.zip'), 'name');
// @ts-expect-error: no such field inside
User.query().orderBy('address.town');
// @ts-expect-error: no such field
User.query().orderBy('adress.city');
// @ts-expect-error: a text has no fields
User.query().orderBy('name.length');
User.filter({ id: 1 }).update({ address: { city: 'x', zip: null }, work: null });
// @ts-expect-error: there always is an address
User.filter({ id: 1 }).update({ address: null });
