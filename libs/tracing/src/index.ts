export type { TraceOptions } from './trace-options.js';
export { during, type TraceHeaders, type TraceRecorder, type TraceSpan } from './trace-recorder.js';
export { Traces } from './traces.js';
