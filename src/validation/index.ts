export type { Check, CheckedDatabase, CheckFunction, Outcome } from './failures.js';
export { Rule, rule, type Flaw, type RuleOptions } from './rule.js';
export * as rules from './rules.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';
export { validate, type FieldValidation, type MethodValidation, type ValidationOptions } from './validate.js';
export { listFailures } from './validation.js';
