/** Opens a database on a driver, and writes how that failed. */
import { OrmError } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { open as openImage } from 'litemodel/sqljs';

try {
  if (process.argv[2] === 'sql.js') await openImage(':memory:');
  else open(':memory:');
  console.log('opened');
} catch (error) {
  console.log(error instanceof OrmError ? `${error.name} ${error.code} ${error.message}` : String(error));
}
