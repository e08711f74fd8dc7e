export { createGraph } from './create-graph.js';
export { plant } from './plant.js';
export { inUnit, type Unit } from './unit.js';
