import { DefinitionError } from '../errors/index.js';
import { Rule, asked, type Flaw } from './rule.js';

/** A schema of another library, such as zod or valibot. https://standardschema.dev */
export interface StandardSchema<Value> {
  readonly '~standard': {
    readonly version: 1;
    /** The library: `zod`. */
    readonly vendor: string;
    /** Judges a value, at once or later. */
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
    /** Only for the compiler. */
    readonly types?: { readonly input: Value; readonly output: unknown } | undefined;
  };
}

/** What a schema says of a value. */
export interface SchemaResult {
  /** What is wrong; `undefined` where nothing is. */
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  readonly message: string;
  /** Where in the value. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A rule by the name of the library that the schema is from. What the schema makes of the value is not written. */
export function schemaRule(given: StandardSchema<unknown>): Rule<unknown> {
  const schema = (given as Partial<StandardSchema<unknown>> | null | undefined)?.['~standard'];
  if (typeof schema?.validate !== 'function') {
    throw new DefinitionError(
      '@validate takes rules, and schemas that conform to Standard Schema.',
      'A test of your own becomes a rule by rule(name, test, message).',
    );
  }
  const { vendor } = schema;
  return new Rule(vendor, '', function* (value) {
    const { issues = [] } = yield* asked<SchemaResult>(vendor, () => schema.validate(value));
    return issues.map(({ message, path = [] }): Flaw => ({ message, path: path.map(keyOf).join('.') }));
  });
}

const keyOf = (part: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof part === 'object' ? part.key : part);
