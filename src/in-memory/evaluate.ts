import { unsupported } from './failure.js';
import { parseList } from './json-list.js';
import { isGlob, isLike } from './pattern.js';
import type { PlainExpression, PlainList, PlainSelect, PlainTable } from './plain.js';
import type { Scope } from './scope.js';
import type { Env, Evaluate } from './scope.js';
import { compareValues, fromTruth, truth, type Value } from './value.js';

/** How a query inside of an expression gets its rows. */
export type CompileSelect = (select: PlainSelect, outer: Scope) => (env: Env) => Iterable<readonly Value[]>;

type Kind<Name extends PlainExpression['kind']> = PlainExpression & { readonly kind: Name };

export const tableName = (table: PlainTable): string => (typeof table === 'string' ? table : table.name);
export const calledName = (table: PlainTable): string => (typeof table === 'string' ? table : table.alias);

/** Makes functions of expressions. Parameters are counted in the order in which they stand in the text. */
export class Compiler {
  readonly #compileSelect: CompileSelect;
  #parameters = 0;

  constructor(compileSelect: (compiler: Compiler) => CompileSelect) {
    this.#compileSelect = compileSelect(this);
  }

  /** The place of the next parameter. */
  takeParameter(): number {
    return this.#parameters++;
  }

  expression(expression: PlainExpression, scope: Scope): Evaluate {
    switch (expression.kind) {
      case 'column':
        return scope.find(calledName(expression.table), expression.name).evaluate;
      case 'result':
        return scope.find(undefined, expression.name).evaluate;
      case 'parameter': {
        const place = this.takeParameter();
        return ({ parameters }) => parameters[place]!;
      }
      case 'literal': {
        const { value } = expression;
        const kept = typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
        return () => kept;
      }
      case 'increment':
        return increment(this.expression(expression.operand, scope));
      case 'collate':
        return this.expression(expression.operand, scope);
      case 'cast':
        return castToInteger(this.expression(expression.operand, scope));
      case 'call':
        return this.#call(expression, scope);
      case 'subquery':
        return firstOf(this.#compileSelect(expression.select, scope));
      case 'row':
      case 'rowNumber':
        throw unsupported('row values and windows here');
      case 'fragment':
        throw unsupported('SQL of your own');
      default:
        return this.#predicate(expression, scope);
    }
  }

  #predicate(
    expression: Kind<'binary' | 'like' | 'between' | 'in' | 'isNull' | 'exists' | 'and' | 'or' | 'not'>,
    scope: Scope,
  ): Evaluate {
    switch (expression.kind) {
      case 'and':
      case 'or':
        return junction(
          expression.kind,
          expression.operands.map((operand) => this.expression(operand, scope)),
        );
      case 'not':
        return negated(this.expression(expression.operand, scope));
      case 'isNull': {
        const operand = this.expression(expression.operand, scope);
        return (env) => fromTruth((operand(env) === null) !== expression.negated);
      }
      case 'like': {
        const operand = this.expression(expression.operand, scope);
        const pattern = this.expression(expression.pattern, scope);
        return (env) => fromTruth(isLike(operand(env), pattern(env)));
      }
      case 'exists': {
        const rows = this.#compileSelect(expression.select, scope);
        return (env) => fromTruth(!isEmpty(rows(env)) === (expression.quantifier === 'some'));
      }
      case 'binary':
        return this.#binary(expression, scope);
      case 'between':
        return this.#between(expression, scope);
      case 'in':
        return this.#in(expression, scope);
      default:
        return expression satisfies never;
    }
  }

  #call({ name, operands }: Kind<'call'>, scope: Scope): Evaluate {
    const values = operands.map((operand) => this.expression(operand, scope));
    if (name === 'coalesce') return (env) => values.map((value) => value(env)).find((value) => value !== null) ?? null;
    if (name === 'count') throw unsupported('count where no query counts');
    throw unsupported('conditions on what is inside of JSON');
  }

  #binary({ operator, left, right }: Kind<'binary'>, scope: Scope): Evaluate {
    const collation = collationOf([left, right], scope);
    const [a, b] = [this.expression(left, scope), this.expression(right, scope)];
    if (operator === 'GLOB') return (env) => fromTruth(isGlob(a(env), b(env)));
    const holds = comparisons[operator];
    return (env) => compared(a(env), b(env), collation, holds);
  }

  #between({ operand, low, high }: Kind<'between'>, scope: Scope): Evaluate {
    const value = this.expression(operand, scope);
    const [from, to] = [this.expression(low, scope), this.expression(high, scope)];
    const [lower, upper] = [collationOf([operand, low], scope), collationOf([operand, high], scope)];
    return junction('and', [
      (env) => compared(value(env), from(env), lower, comparisons['>=']),
      (env) => compared(value(env), to(env), upper, comparisons['<=']),
    ]);
  }

  #in({ operand, negated: isNegated, among }: Kind<'in'>, scope: Scope): Evaluate {
    const operands = operand.kind === 'row' ? operand.operands : [operand];
    const values = operands.map((each) => this.expression(each, scope));
    const collations = operands.map((each) => collationOf([each], scope));
    const rows = this.#listed(among, scope);
    const isIn: Evaluate = (env) => {
      const wanted = values.map((value) => value(env));
      return fromTruth(includes(rows(env), wanted, collations));
    };
    return isNegated ? negated(isIn) : isIn;
  }

  /** The rows among which `IN` looks. */
  #listed(among: PlainList, scope: Scope): (env: Env) => Iterable<readonly Value[]> {
    switch (among.kind) {
      case 'values': {
        const values = among.values.map((value) => this.expression(value, scope));
        return (env) => values.map((value) => [value(env)]);
      }
      case 'json':
        return this.#parsed(1);
      case 'jsonRows':
        return this.#parsed(among.width);
      case 'select':
        return this.#compileSelect(among.select, scope);
      default:
        return among satisfies never;
    }
  }

  #parsed(width: number): (env: Env) => readonly (readonly Value[])[] {
    const place = this.takeParameter();
    let [text, rows]: [unknown, readonly (readonly Value[])[]] = [undefined, []];
    return ({ parameters }) => {
      if (text !== parameters[place]) [text, rows] = [parameters[place], parseList(parameters[place] as string, width)];
      return rows;
    };
  }
}

const comparisons = {
  '=': (order: number) => order === 0,
  '!=': (order: number) => order !== 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
} as const;

function compared(a: Value, b: Value, collation: string | undefined, holds: (order: number) => boolean): Value {
  return a === null || b === null ? null : fromTruth(holds(compareValues(a, b, collation)));
}

/** Whether a row is among others: unknown where only a NULL stands in between. */
function includes(
  rows: Iterable<readonly Value[]>,
  wanted: readonly Value[],
  collations: readonly (string | undefined)[],
): boolean | null {
  let isKnown = true;
  for (const row of rows) {
    const parts = wanted.map((value, at) => {
      const other = row[at]!;
      return value === null || other === null ? null : compareValues(value, other, collations[at]) === 0;
    });
    if (parts.includes(false)) continue;
    if (!parts.includes(null)) return true;
    isKnown = false;
  }
  return isKnown ? false : null;
}

/** The collation by which operands are compared: one that is said, or else that of the first column. */
export function collationOf(operands: readonly PlainExpression[], scope: Scope): string | undefined {
  const said = operands.find((operand) => operand.kind === 'collate');
  if (said !== undefined) return said.collation;
  for (const operand of operands) {
    if (operand.kind === 'column') return scope.find(calledName(operand.table), operand.name).collation;
  }
  return undefined;
}

function junction(kind: 'and' | 'or', operands: readonly Evaluate[]): Evaluate {
  const decisive = kind === 'or';
  return (env) => {
    let isKnown = true;
    for (const operand of operands) {
      const holds = truth(operand(env));
      if (holds === decisive) return fromTruth(decisive);
      if (holds === null) isKnown = false;
    }
    return isKnown ? fromTruth(!decisive) : null;
  };
}

function negated(operand: Evaluate): Evaluate {
  return (env) => {
    const holds = truth(operand(env));
    return holds === null ? null : fromTruth(!holds);
  };
}

function increment(operand: Evaluate): Evaluate {
  return (env) => {
    const value = operand(env);
    return typeof value === 'bigint' ? value + 1n : typeof value === 'number' ? value + 1 : null;
  };
}

function castToInteger(operand: Evaluate): Evaluate {
  return (env) => {
    const value = operand(env);
    return typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
  };
}

function firstOf(rows: (env: Env) => Iterable<readonly Value[]>): Evaluate {
  return (env) => {
    for (const [value] of rows(env)) return value!;
    return null;
  };
}

function isEmpty(rows: Iterable<unknown>): boolean {
  for (const row of rows) return row === undefined;
  return true;
}
