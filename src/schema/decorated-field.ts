import { DefinitionError } from '../errors/index.js';

/** A decorated field, in either dialect. */
export interface DecoratedField {
  readonly name: string;
  /** What notes about the class are kept by: its metadata, or its prototype. */
  readonly holder: object;
  readonly designType: unknown;
  /** Whether its decorator was called before those of fields that stand above it. */
  readonly ranEarly: boolean;
}

/** The field that a decorator was called for: a standard one is given a context object, a legacy one a key. */
export const decoratedField = (
  target: unknown,
  at: object | string | symbol,
  descriptor: PropertyDescriptor | undefined,
): DecoratedField =>
  typeof at === 'object' ? standardField(at as ClassMemberDecoratorContext) : legacyField(target, at, descriptor);

function standardField(context: ClassMemberDecoratorContext): DecoratedField {
  const { kind, name, metadata } = context;
  if (kind !== 'field' && kind !== 'accessor') throw noField(kind, name);
  if (context.private || context.static || typeof name !== 'string') throw noColumn(kind, name);
  if ((metadata as object | undefined) === undefined) throw noMetadata();
  return { name, holder: metadata, designType: undefined, ranEarly: kind === 'accessor' };
}

function legacyField(
  target: unknown,
  key: string | symbol,
  { value, get, set }: PropertyDescriptor = {},
): DecoratedField {
  if (typeof target !== 'object' || target === null || typeof key !== 'string') throw noColumn('member', key);
  if (typeof value === 'function') throw noField('method', key);
  if ((get === undefined) !== (set === undefined)) throw noField(get === undefined ? 'setter' : 'getter', key);
  const { getMetadata } = Reflect as { getMetadata?: (name: string, target: object, key: string) => unknown };
  return { name: key, holder: target, designType: getMetadata?.('design:type', target, key), ranEarly: false };
}

const noMetadata = (): DefinitionError =>
  new DefinitionError(
    'This compiler hands standard decorators no metadata.',
    'Compile with TypeScript 5.2 or newer, or with experimentalDecorators.',
  );

const noField = (kind: string, name: string | symbol): DefinitionError =>
  new DefinitionError(`The ${kind} "${String(name)}" is no field.`, 'Columns are fields: @text() name!: string.');

const noColumn = (kind: string, name: string | symbol): DefinitionError =>
  new DefinitionError(
    `The ${kind} "${String(name)}" cannot be a column.`,
    'Columns are public fields of the instance.',
  );

/** A decorated method, in either dialect. */
export interface DecoratedMethod {
  readonly name: string;
  readonly holder: object;
  /** What a subclass has another by; `undefined` for a private one, which none can. */
  readonly key: string | undefined;
  /** Calls it: the one that stands in its place where a subclass has another, and private ones, too. */
  readonly call: (instance: object, ...parameters: unknown[]) => unknown;
}

type Method = (this: object, ...parameters: unknown[]) => unknown;

/** The method that a decorator was called for. Throws `DefinitionError` where it stands on something else. */
export function decoratedMethod(
  decorator: string,
  target: unknown,
  at: object | string | symbol,
  descriptor: PropertyDescriptor | undefined,
): DecoratedMethod {
  if (typeof at === 'object') {
    const context = at as ClassMethodDecoratorContext;
    const { kind, name, static: isStatic, metadata, access } = context;
    if (kind !== 'method' || isStatic) throw noMethod(decorator, name);
    if ((metadata as object | undefined) === undefined) throw noMetadata();
    const call = (instance: object, ...parameters: unknown[]) =>
      (access.get(instance) as Method).apply(instance, parameters);
    return { name: String(name), holder: metadata, key: context.private ? undefined : String(name), call };
  }
  if (typeof target !== 'object' || target === null || typeof descriptor?.value !== 'function') {
    throw noMethod(decorator, at);
  }
  const call = (instance: object, ...parameters: unknown[]) =>
    (instance as Record<string | symbol, Method>)[at]!(...parameters);
  return { name: String(at), holder: target, key: String(at), call };
}

const noMethod = (decorator: string, name: string | symbol): DefinitionError =>
  new DefinitionError(
    `@${decorator}() stands on "${String(name)}", which is no method of the instances.`,
    `Methods are what it is for: @${decorator}() ${decorator === 'validate' ? 'check() { … }' : 'tidy(event) { … }'}`,
  );
