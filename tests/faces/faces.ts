/*
 * One suite, every face. A test is written once, against models and a database of which nobody knows whether they return or
 * promise: it awaits everything, for a value can be awaited, too. Only what runs inside of a transaction's callback cannot
 * say `await`, since that would make it asynchronous everywhere: there, `inOrder` and `attempt` take its place.
 */
import { onTestFinished } from 'vitest';
import {
  AsyncDatabase,
  defineModel,
  id,
  index,
  integer,
  json,
  Model,
  scope,
  table,
  text,
  type Database,
  type Described,
  type Face,
  type Generated,
  type InstanceOf,
  type InstanceView,
  type ModelHome,
  type ModelView,
  type Of,
  type OpenOptions,
  type PlainRow,
  type QueryOf,
  type RunResult,
  type Sql,
  type TransactionOptions,
  type Where,
} from 'litemodel';
import { defineModel as defineAsyncModel, Model as AsyncModel } from 'litemodel/async';
import { engines } from '../drivers/engines.js';
import { drivers } from '../open-database.js';
import { SlowConnection } from '../slow-connection.js';

type Awaitable<Value> = Value | Promise<Value>;

interface Settings {
  theme?: string;
  sizes?: number[];
}

export const living = scope<{ gone: boolean }>('living', { gone: false } as Where<{ gone: boolean }>);
