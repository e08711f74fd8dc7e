/** The models of the tests of many-to-many relations: posts with tags, and people who are friends. */
import {
  belongsTo,
  createdAt,
  hasMany,
  id,
  integer,
  manyToMany,
  Model,
  table,
  text,
  updatedAt,
  type Generated,
} from 'litemodel';

@table('posts')
export class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @manyToMany(() => Tag) tags!: Tag[];
}

@table('tags')
export class Tag extends Model {
  @id() id!: Generated<number>;
  @text({ collate: 'NOCASE' }) name!: string;
  @integer({ nullable: true }) groupId!: number | null;
  @belongsTo(() => Group, 'groupId', { nullable: true }) group!: Group | null;
  @manyToMany(() => Post) posts!: Post[];
}

@table('groups')
export class Group extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@table('people')
export class Person extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Friendship, 'personId') friendships!: Friendship[];
  @manyToMany(() => Person, { through: () => Friendship, from: 'person', to: 'friend' }) friends!: Person[];
  @manyToMany(() => Person, { through: () => Friendship, from: 'friend' }) friendOf!: Person[];
}

@table('friendships', { indexes: [{ on: ['friendId', 'personId'], unique: true }] })
export class Friendship extends Model {
  @id() id!: Generated<number>;
  @integer() personId!: number;
  @integer() friendId!: number;
  @integer({ default: 0 }) closeness!: Generated<number>;
  @text({ nullable: true }) note!: string | null;
  @createdAt() createdAt!: Generated<Date>;
  @updatedAt() updatedAt!: Generated<Date>;
  @belongsTo(() => Person, 'personId', { onDelete: 'cascade' }) person!: Person;
  @belongsTo(() => Person, 'friendId', { onDelete: 'cascade' }) friend!: Person;
}

@table('teams', { primaryKey: ['country', 'number'] })
export class Team extends Model {
  @text() country!: string;
  @integer() number!: number;
  @manyToMany(() => Cup, { table: 'entries', from: ['team_country', 'team_number'] }) cups!: Cup[];
}

@table('cups', { primaryKey: ['name', 'year'] })
export class Cup extends Model {
  @text() name!: string;
  @integer() year!: number;
  @manyToMany(() => Team, { table: 'entries', to: ['team_country', 'team_number'] }) teams!: Team[];
}
