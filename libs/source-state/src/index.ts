export { type LogLine, SourceLog } from './source-log.js';
export { type SourceState, SourceStates, type StateSlot } from './source-states.js';
