import { open } from 'litemodel/better-sqlite3';
import { Item } from '../models.js';

const database = open(process.argv[2]!, { models: [Item] });
const item = Item.findById(7);
if (item?.name !== 'Item number 7') throw new Error('This is not item 7.');
database.close();
