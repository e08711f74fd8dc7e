/** Run by tsx, which compiles it in the dialect of the `tsconfig.json` that it is given. */
import { ddlOf } from './ddl.js';
import { models } from './sample.js';

console.log(JSON.stringify(ddlOf(models)));
