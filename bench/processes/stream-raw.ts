import { RawItems } from '../raw.js';

const items = new RawItems(process.argv[2]!);
for (const id of [1, 2, 3]) items.findById(id);
let sum = 0;
items.visitEach((item) => (sum += item.quantity));
console.log(JSON.stringify({ sum, kilobytes: process.resourceUsage().maxRSS }));
items.database.close();
