import { InvalidValueError, MissingFieldError, UnknownFieldError } from '../errors/index.js';
import { Stored } from '../query/index.js';
import { isPlainObject, type ColumnDeclaration, type EmbeddedSchema } from '../schema/index.js';

type Fields = Record<string, unknown>;

/** A field that holds an object of a class, and accessors by which the object's fields are those of the instance. */
export class EmbeddedObject implements EmbeddedSchema {
  readonly field: string;
  readonly parts: readonly string[];
  readonly nullable: boolean;
  readonly #model: new () => object;
  readonly #columns: ReadonlyMap<string, ColumnDeclaration>;

  constructor(
    field: string,
    model: new () => object,
    columns: ReadonlyMap<string, ColumnDeclaration>,
    nullable: boolean,
  ) {
    this.field = field;
    this.parts = [...columns.keys()];
    this.#model = model;
    this.#columns = columns;
    this.nullable = nullable;
  }

  /** Makes `instance['address.city']` what the object has: to all that reads and writes rows it is a field like others. */
  install(prototype: object): void {
    for (const part of this.parts) {
      const { get, set } = this.#accessor(part);
      Object.defineProperty(prototype, `${this.field}.${part}`, { get, set, configurable: true, enumerable: false });
    }
  }

  toInstance(value: unknown, owner: string): unknown {
    if (value === undefined || (value === null && this.nullable) || value instanceof this.#model) return value;
    if (!isPlainObject(value)) throw this.#isNone(owner, value);
    const strange = Object.keys(value).find((part) => !this.#columns.has(part));
    if (strange !== undefined) throw new UnknownFieldError(`${owner}.${this.field}`, strange, this.parts);
    return Object.assign(new this.#model(), value);
  }

  #isNone(owner: string, value: unknown): InvalidValueError {
    return new InvalidValueError(`${owner}.${this.field}`, `an object of ${this.#model.name}`, value);
  }

  #accessor(part: string) {
    const { field } = this;
    const valueOf = (owner: Fields): unknown => this.#valueOf(owner, owner[field] as Fields | null | undefined, part);
    const change = (owner: Fields, value: unknown): void => this.#change(owner, part, value);
    return {
      get(this: Fields): unknown {
        return valueOf(this);
      },
      set(this: Fields, value: unknown): void {
        change(this, value);
      },
    };
  }

  #valueOf(owner: Fields, whole: Fields | null | undefined, part: string): unknown {
    if (whole === undefined) return undefined;
    if (whole === null) return this.nullable ? null : this.#lacking(owner, part);
    if (typeof whole !== 'object') throw this.#isNone(owner.constructor.name, whole); // no compiler looked at it
    if (whole[part] === null) return this.#checkedNull(owner, part);
    if (whole[part] !== undefined) return whole[part];
    const filled = this.#filled(part);
    if (filled !== undefined) return (whole[part] = filled);
    // the table lets it be NULL, for there may be no object: it is seen to here that one is whole
    if (this.nullable) throw new MissingFieldError(owner.constructor.name, [`${this.field}.${part}`]);
    return undefined;
  }

  /** A part of an object that is null though there has to be one: missing are those parts that are wanted. */
  #lacking(owner: Fields, part: string): unknown {
    if (this.#isWanted(part)) return undefined;
    if (!this.parts.some((each) => this.#isWanted(each))) throw this.#isNone(owner.constructor.name, null);
    return this.#filled(part);
  }

  /** What a part that was not given is: its default, a value of its own, or null. */
  #filled(part: string): unknown {
    const { default: given, nullable, type } = this.#columns.get(part)!.definition;
    if (given?.kind === 'factory') return given.make();
    if (given?.kind === 'value') return type.decode(type.encode(given.value));
    return given === undefined && nullable ? null : undefined;
  }

  #isWanted(part: string): boolean {
    const { nullable, default: given } = this.#columns.get(part)!.definition;
    return !nullable && given === undefined;
  }

  /** The table lets a part be NULL, for there may be no object: in one that there is, it is refused here, unless it was so before. */
  #checkedNull(owner: Fields, part: string): null {
    if (!this.nullable || this.#columns.get(part)!.definition.nullable) return null;
    const name = `${this.field}.${part}`;
    const row = Stored.row(owner);
    if (Array.isArray(row) && row[Stored.table(owner)!.schema.column(name).position] === null) return null;
    throw new MissingFieldError(owner.constructor.name, [name]);
  }

  #change(owner: Fields, part: string, value: unknown): void {
    const whole = owner[this.field] as Fields | null | undefined;
    if (typeof whole === 'object' && whole !== null) {
      whole[part] = value;
    } else if (value !== null || !this.nullable) {
      (owner[this.field] = this.#empty())[part] = value;
    } else {
      owner[this.field] = null;
    }
  }

  #empty(): Fields {
    const empty = new this.#model() as Fields;
    if (this.nullable) for (const part of this.parts) empty[part] = null;
    return empty;
  }
}
