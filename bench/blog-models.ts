import {
  belongsTo,
  boolean,
  datetime,
  hasMany,
  id,
  integer,
  manyToMany,
  Model,
  real,
  table,
  text,
  type Generated,
} from 'litemodel';

@table('authors')
export class Author extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @boolean() active!: boolean;
  @hasMany(() => Article, 'authorId') articles!: Article[];
  @manyToMany(() => Topic) topics!: Topic[];
}

@table('topics')
export class Topic extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @real() weight!: number;
}

@table('articles')
export class Article extends Model {
  @id() id!: Generated<number>;
  @integer() authorId!: number;
  @text() title!: string;
  @text() body!: string;
  @boolean() published!: boolean;
  @datetime() createdAt!: Date;
  @belongsTo(() => Author, 'authorId') author!: Author;
  @hasMany(() => Note, 'articleId') notes!: Note[];
}

@table('notes')
export class Note extends Model {
  @id() id!: Generated<number>;
  @integer() articleId!: number;
  @text() text!: string;
  @integer() likes!: number;
  @belongsTo(() => Article, 'articleId') article!: Article;
}
