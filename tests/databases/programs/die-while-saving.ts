/** Changes an image, and dies while saving it: the new one is written, but not yet in the place of the old one. */
import fs, { writeSync } from 'node:fs';
import { sql } from 'litemodel';
import { open } from 'litemodel/sqljs';

const db = await open(process.argv[2]!, { schema: 'off' });
db.run(sql`UPDATE notes SET title = 'new'`);
fs.renameSync = () => {
  writeSync(1, 'renaming\n');
  process.kill(process.pid, 'SIGKILL');
};
db.save();
