/** In place of `main.ts` where types are to be emitted. */
import 'reflect-metadata';
import { Book } from './book.js';
import { decorators } from './decorators.js';
import { report } from './report.js';

const type = Reflect.getMetadata('design:type', Book.prototype, 'title') as { name: string } | undefined;
console.error(`${decorators} decorators ${type === undefined ? 'without types' : `with ${type.name}`}`);
console.log(report());
