import { decorators } from './decorators.js';
import { report } from './report.js';

console.error(`${decorators} decorators`);
console.log(report());
