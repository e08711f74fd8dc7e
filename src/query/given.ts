/** A constructor that hands back what it is given, so that a subclass puts its private fields on that object. */
export class Given {
  constructor(object: object) {
    return object;
  }
}
