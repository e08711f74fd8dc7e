/**
 * What takes the room in a folder, and what changed since the last look: one file, no build.
 *
 *     npx tsx examples/script/files.ts [folder] [--db FILE]
 */
import { lstatSync, readdirSync } from 'node:fs';
import { extname, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createdAt,
  datetime,
  id,
  integer,
  Model,
  noneOf,
  sql,
  startsWith,
  table,
  text,
  type Generated,
} from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

@table('files')
class File extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) path!: string;
  @text({ index: true }) type!: string;
  @integer() size!: number;
  @datetime() modifiedAt!: Date;
  @createdAt() firstSeenAt!: Generated<Date>;
}

const { values, positionals } = parseArgs({
  options: { db: { type: 'string', default: ':memory:' } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? '.');

using db = open(values.db, { models: [File] });

/** Every file of a folder, however deep; what cannot be read is left out. */
function* walk(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

const counts = { new: 0, changed: 0, gone: 0 };
const seen: string[] = [];
db.transaction(() => {
  for (const path of walk(folder)) {
    const { size, mtime: modifiedAt } = lstatSync(path);
    const known = File.filter({ path }).first();
    if (known === undefined) {
      File.create({ path, type: extname(path).toLowerCase(), size, modifiedAt });
      counts.new++;
    } else if (known.size !== size || known.modifiedAt.getTime() !== modifiedAt.getTime()) {
      known.size = size;
      known.modifiedAt = modifiedAt;
      known.save();
      counts.changed++;
    }
    seen.push(path);
  }
  const inFolder = File.filter({ path: startsWith(folder + sep, { caseSensitive: true }) });
  counts.gone = inFolder.filter({ path: noneOf(seen) }).delete();
});

console.log(`${folder}: ${File.count()} files; ${counts.new} new, ${counts.changed} changed, ${counts.gone} gone`);

console.log('\nThe largest:');
for (const { size, path } of File.query().orderBy(['size', 'desc']).limit(5).all())
  console.log(`${kilobytes(size)}  ${path}`);

console.log('\nBy type:');
const byType = sql`SELECT type, count(*) AS files, sum(size) AS size FROM ${File} GROUP BY type ORDER BY size DESC LIMIT 5`;
for (const { type, files, size } of db.all<{ type: string; files: number; size: number }>(byType)) {
  console.log(`${kilobytes(size)}  ${type || '(none)'}: ${files}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1).padStart(10)} KB`;
}
