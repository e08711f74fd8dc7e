/** Abstract classes and mixins: their fields are those of the models that extend them. */
import {
  createdAt,
  datetime,
  defaultScope,
  id,
  integer,
  Model,
  notNull,
  scope,
  subtype,
  table,
  text,
  type Generated,
  type Mixable,
  type Query,
} from 'litemodel';
import { is } from './equal.js';

@defaultScope(scope<Publishable>('current', { title: 'x' }))
abstract class Publishable extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @datetime({ nullable: true }) publishedAt!: Date | null;
}

function Timestamped<Class extends Mixable>(Class: Class) {
  abstract class Timestamps extends Class {
    @createdAt() createdAt!: Generated<Date>;
  }
  return Timestamps;
}

function Sluggable<Class extends Mixable<{ title: string }>>(Class: Class) {
  abstract class Slugs extends Class {
    @text() slug!: string;

    slugify(): string {
      return (this.slug = this.title);
    }
  }
  return Slugs;
}

@table('posts')
export class Post extends Timestamped(Sluggable(Publishable)) {
  @text() body!: string;
}

@table('plain')
export class Plain extends Timestamped(Model) {
  @id() id!: Generated<number>;
}

// @ts-expect-error: the class has no title
Sluggable(Model);

is<Query<Post>>()(Post.query());
is<Post>()(Post.create({ title: 'x', slug: 'x', body: 'x' }));
is<Plain[]>()(Plain.all());
is<string>()(Post.all()[0]!.slugify());
// @ts-expect-error: the mixin's field is required
Post.create({ title: 'x', body: 'x' });
// @ts-expect-error: so is the base's
Post.create({ slug: 'x', body: 'x' });
Post.filter({ slug: 'x', createdAt: new Date(), title: 'x' }).orderBy('slug', 'createdAt');
// @ts-expect-error: no such field
Post.filter({ slig: 'x' });
Post.query().use(scope<Publishable>('published', { publishedAt: notNull() }));
// @ts-expect-error: a scope of what Plain does not extend
Plain.query().use(scope<Publishable>('published', { publishedAt: notNull() }));
// @ts-expect-error: nor can it be its default
defaultScope(scope<Publishable>('published', { publishedAt: notNull() }))(Plain);

@table('vehicles', { discriminator: 'kind', indexes: [{ on: 'kind' }] })
abstract class Vehicle extends Model {
  @id() id!: Generated<number>;
  readonly kind!: string;
  @text() name!: string;
}

@subtype('car')
class Car extends Vehicle {
  @integer() doors!: number;
}

is<Vehicle[]>()(Vehicle.all());
is<Query<Car>>()(Car.filter({ doors: 3, kind: 'car' }));
Car.create({ name: 'x', doors: 3 });
// @ts-expect-error: a car has doors
Car.create({ name: 'x' });
// @ts-expect-error: not every vehicle has
Vehicle.filter({ doors: 3 });
// @ts-expect-error: the discriminator is read only
Car.all()[0]!.kind = 'truck';
// @ts-expect-error: there is no such option
table('x', { discriminators: 'kind' });
// @ts-expect-error: an object is no model
subtype('x')({});
