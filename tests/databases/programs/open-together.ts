/** Opens a file at a given time, together with others that do the same, and writes to it. */
import { id, Model, table, text, type Generated, type PragmaOptions } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

@table('users', { indexes: [{ on: ['name'] }] })
class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @text({ nullable: true }) bio!: string | null;
}

@table('posts')
class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

const [path, time, options] = process.argv.slice(2) as [string, string, string];
while (Date.now() < Number(time));
const db = open(path, { ...(JSON.parse(options) as PragmaOptions), models: [User, Post] });
for (let count = 0; count < 10; count++)
  db.transaction(() => [User.create({ name: 'x' }), Post.create({ title: 'y' })]);
db.close();
