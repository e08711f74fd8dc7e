import type { Program } from '../sql/index.js';
import type { Home } from './origin.js';

/** Why a relation is loaded: `with` read it along, its field was touched, or `load` was called. */
export type LoadReason = 'with' | 'touch' | 'load';

/** That a relation is loaded for instances, all at once. */
export interface RelationLoad {
  /** The table of the instances: a `BoundTable`. */
  readonly table: Home;
  /** The field of the relation. */
  readonly relation: string;
  readonly reason: LoadReason;
  readonly owners: readonly object[];
  /** What it leads to from there, each once; nothing before it is loaded. */
  readonly related: readonly object[];
}

/** What features do when relations are loaded. What that throws goes on to whoever reads. */
export interface RelationLoadHooks {
  readonly beforeLoadRelation?: RelationLoadHook;
  readonly afterLoadRelation?: RelationLoadHook;
}

/** What is done at one of these points. */
export type RelationLoadHook = (load: RelationLoad) => Program<void>;
