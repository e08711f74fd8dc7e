import { open } from 'litemodel/better-sqlite3';
import { Item } from '../models.js';

const database = open(process.argv[2]!, { models: [Item] });
for (const id of [1, 2, 3]) Item.findById(id);
let sum = 0;
for (const item of Item.query().iterate()) sum += item.quantity;
console.log(JSON.stringify({ sum, kilobytes: process.resourceUsage().maxRSS }));
database.close();
