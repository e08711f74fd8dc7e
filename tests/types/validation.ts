/** Rules are typed by what the field holds. */
import {
  defineModel,
  id,
  integer,
  datetime,
  json,
  Model,
  rule,
  rules,
  table,
  text,
  choice,
  bigint,
  validate,
  type Failure,
  type Generated,
  type StandardSchema,
} from 'litemodel';
import { is } from './equal.js';

declare const textSchema: StandardSchema<string>;
declare const nullableSchema: StandardSchema<string | null>;
declare const settingsSchema: StandardSchema<{ theme: string }>;
const even = rule('even', (value: number) => value % 2 === 0, 'must be even');

@table('people')
class Person extends Model {
  @id() id!: Generated<number>;
  @validate(rules.required(), rules.minLength(2), rules.email()) @text() email!: string;
  @text({ nullable: true }) @validate(rules.url({ protocols: ['https'] })) site!: string | null;
  @validate(rules.min(18), rules.integer(), even) @integer({ default: 18 }) age!: Generated<number>;
  @validate(rules.between(1n, 9n)) @bigint() size!: bigint;
  @validate(rules.max(new Date())) @datetime() bornAt!: Date;
  @validate(rules.oneOf(['a', 'b'])) @choice(['a', 'b', 'c']) kind!: 'a' | 'b' | 'c';
  @validate(rules.maxLength(3)) @json<string[]>() tags!: string[];
  @validate(textSchema) @text() name!: string;
  @validate(nullableSchema, rules.unique({ within: ['age'] })) @text({ nullable: true }) alias!: string | null;
  @validate(settingsSchema) @json<{ theme: string }>() settings!: { theme: string };
  @validate(rule('long', async (value: string) => Promise.resolve(value.length > 3), 'must be long'))
  @text()
  bio!: string;
  /** No column. */
  @validate(rules.minLength(8)) password?: string;

  @validate() fits() {
    if (this.age < 3) return { path: 'age', message: 'must be more' };
    return undefined;
  }
  @validate() says(): string | undefined {
    return undefined;
  }
  @validate() async later() {
    return Promise.resolve(true);
  }
  // @ts-expect-error: no outcome
  @validate() counts() {
    return 3;
  }
  // @ts-expect-error: nothing is given to it
  @validate() asks(name: string) {
    return name;
  }
}

class Wrong extends Model {
  // @ts-expect-error: a rule for text
  @validate(rules.email()) @integer() a!: number;
  // @ts-expect-error: a rule for numbers
  @validate(rules.min(3)) @text() b!: string;
  // @ts-expect-error: a rule for dates
  @validate(rules.min(new Date())) @integer() c!: number;
  // @ts-expect-error: a rule for text, among others
  @validate(rules.required(), rules.pattern(/x/)) @integer() d!: number;
  // @ts-expect-error: a rule for what has a length
  @validate(rules.minLength(3)) @integer() e!: number;
  // @ts-expect-error: a schema for text
  @validate(textSchema) @integer() f!: number;
  // @ts-expect-error: a rule of one's own, for numbers
  @validate(even) @text() g!: string;
  // @ts-expect-error: a rule for text
  @validate(rules.oneOf(['a'])) @integer() h!: number;
  // @ts-expect-error: for both at once there is no field
  @validate(rules.email(), rules.positive()) @text() i!: string;
  // @ts-expect-error: no such option
  @validate(rules.email({ mesage: 'x' })) @text() j!: string;
  // @ts-expect-error: a rule for fields
  @validate(rules.email()) k() {}
}
void Wrong;

class Note extends defineModel('notes', { id: id(), title: text() }) {
  @validate() short() {
    return this.title.length < 9 || 'is too long';
  }
}

is<readonly Failure[]>()(new Person().validate());
is<Promise<readonly Failure[]>>()(new Note().async.validate());
