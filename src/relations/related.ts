/** Makes the field of a relation what it is while nothing was loaded. */
export function installRelation(): void {}
