export { asyncRecordSet, recordSet, type AsyncRecordSet, type RecordSet, type RecordSetOf } from './record-set.js';
