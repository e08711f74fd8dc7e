export { deletedAt } from './deleted-at.js';
