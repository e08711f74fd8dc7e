/** What only standard decorators let the compiler see: legacy ones accept a field of a narrower type. */
import { choice, integer, json, Model, text } from 'litemodel';

export class Narrower extends Model {
  // @ts-expect-error: the column holds any text, so it is @choice(['a', 'b'])
  @text() text!: 'a' | 'b';
  // @ts-expect-error: any integer
  @integer() integer!: 1 | 2;
  // @ts-expect-error: more choices than the field has
  @choice(['a', 'b', 'c']) choice!: 'a' | 'b';
  // @ts-expect-error: other JSON may be in the column
  @json<{ a: string | number }>() json!: { a: string };
}
