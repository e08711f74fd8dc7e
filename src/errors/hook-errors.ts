import { OrmError } from './orm-error.js';

/**
 * A listener called `event.cancel()`: nothing was written, and of a transaction around it nothing was undone; but in `beforeCommit`,
 * all of it was. Of a relation that was to be loaded, nothing was read.
 */
export class CancelledError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The event in which it was cancelled: `beforeSave`. */
  readonly event: string;
  /** What `cancel` was given. */
  readonly reason: string | undefined;

  constructor(model: string, event: string, reason: string | undefined, relation?: string) {
    const what = relation === undefined ? `what was done to this ${model}` : `the loading of ${model}.${relation}`;
    const why = reason === undefined ? '' : `: ${reason}`;
    super('ORM_CANCELLED', `A listener of ${event} cancelled ${what}${why}.`);
    this.model = model;
    this.event = event;
    this.reason = reason;
  }
}

/** A listener did what it listens to, to the same instance, which would never end; nothing was written. */
export class RecursiveHookError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** What is being done to the instance already; `link` is a change of which rows a relation leads to, and `load` is to read them. */
  readonly verb: 'save' | 'delete' | 'restore' | 'validate' | 'link' | 'load';

  constructor(model: string, verb: RecursiveHookError['verb']) {
    const [what, hint] = recursions[verb] ?? [
      `${verb}() of this ${model} was called by a listener of that same ${verb}()`,
      'In a before-event assign its fields, which are written with it; change other instances in an after-event.',
    ];
    super('ORM_RECURSIVE_HOOK', `${what.replace('%', model)}.`, { hint });
    this.model = model;
    this.verb = verb;
  }
}

const recursions: Readonly<Partial<Record<RecursiveHookError['verb'], readonly [what: string, hint: string]>>> = {
  link: [
    'A listener before a relation of % changes makes the very change that it is told of',
    'It is made when all listeners were told; let it make others, or none.',
  ],
  load: [
    'A listener of beforeLoadRelation of % loads the very relation that it is told of',
    'Look at what it leads to in afterLoadRelation.',
  ],
};

/** A listener of `afterCommit` failed. What was written is committed and stays; all other listeners were called. */
export class AfterCommitError extends OrmError {
  constructor(cause: unknown) {
    super('ORM_AFTER_COMMIT', 'What was written is committed, but a listener of afterCommit failed.', {
      hint: 'Do not run it again; see the cause.',
      cause,
    });
  }
}

/** What is wrong with one field of an instance, or with all of it. */
export interface Failure {
  /** The field, with a part of its JSON after a dot: `email`, `settings.theme`; empty for the instance as a whole. */
  readonly path: string;
  /** The name of the rule: `minLength`. */
  readonly rule: string;
  /** What is wrong, to be read after the field's name: `must have a length of at least 2`. */
  readonly message: string;
}

/** An instance does not meet the rules of its model, or of a relation: nothing of it was written, or the whole transaction was rolled back. */
export class ValidationError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** All that is wrong, in the order of the fields. */
  readonly failures: readonly Failure[];

  constructor(model: string, failures: readonly Failure[]) {
    const all = failures.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; ');
    super('ORM_VALIDATION', `This ${model} is not valid: ${all}.`);
    this.model = model;
    this.failures = failures;
  }
}
