import { OrmError } from './orm-error.js';

/**
 * A listener called `event.cancel()`: nothing was written, and of a transaction around it nothing was undone; but in `beforeCommit`,
 * all of it was.
 */
export class CancelledError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** The event in which it was cancelled: `beforeSave`. */
  readonly event: string;
  /** What `cancel` was given. */
  readonly reason: string | undefined;

  constructor(model: string, event: string, reason: string | undefined) {
    const why = reason === undefined ? '' : `: ${reason}`;
    super('ORM_CANCELLED', `A listener of ${event} cancelled what was done to this ${model}${why}.`);
    this.model = model;
    this.event = event;
    this.reason = reason;
  }
}

/** A listener did to its own instance what it listens to, which would never end; nothing was written. */
export class RecursiveHookError extends OrmError {
  /** The model's name. */
  readonly model: string;
  /** What is being done to the instance already. */
  readonly verb: 'save' | 'delete' | 'restore' | 'validate';

  constructor(model: string, verb: 'save' | 'delete' | 'restore' | 'validate') {
    super('ORM_RECURSIVE_HOOK', `${verb}() of this ${model} was called by a listener of that same ${verb}().`, {
      hint: 'In a before-event assign its fields, which are written with it; change other instances in an after-event.',
    });
    this.model = model;
    this.verb = verb;
  }
}

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
