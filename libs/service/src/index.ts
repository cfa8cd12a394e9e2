export { Registry } from 'prom-client';
export { type CorsOptions, cors, isPreflight, setCorsHeaders } from './cors/cors.js';
export { type CorsPolicy, corsHeadersFor, corsPreflightHeadersFor } from './cors/cors-headers.js';
export { ApiCall, type CallDescription } from './docs/api-call.js';
export { ApiFields } from './docs/api-fields.js';
export { type DocsOptions, setupDocs } from './docs/setup-docs.js';
export { allowPage } from './doors/security-headers.js';
export { Drain, type DrainHook } from './drain/drain.js';
export { NotReady, type SettingProblem, SettingsError, StartError } from './errors.js';
export type { Check, CheckResult } from './health/readiness-check.js';
export { type Readiness, ReadinessRegistry } from './health/readiness-registry.js';
export { createLog, type Log, type LogOptions } from './log/create-log.js';
export { NestLog } from './log/nest-log.js';
export { scrub } from './log/scrub.js';
export { createMetrics } from './metrics/create-metrics.js';
export { natsMetrics } from './metrics/nats-metrics.js';
export { ProblemFilter } from './problems/problem.filter.js';
export { type BodyLimits, readBody } from './request/read-body.js';
export { readJson, readText, type TextOptions } from './request/read-text.js';
export { checkFields, readFields } from './request/request-fields.js';
export { requestId, requestIdOf } from './request/request-id.js';
export { requestPath } from './request/request-path.js';
export { AnswersInTime, inTime } from './run/answer-in-time.js';
export { HTTP_LIMITS, type HttpLimits } from './run/http-limits.js';
export { main } from './run/main.js';
export { type RunningService, type RunOptions, runService } from './run/run-service.js';
export { ServiceModule, type ServiceModuleOptions } from './service.module.js';
export { type CommonSettings, commonSettings } from './settings/common-settings.js';
export {
  defineSettings,
  type SettingRow,
  type SettingsDefinition,
  type SettingsOf,
} from './settings/define-settings.js';
export {
  listenHost,
  natsServers,
  publicUrl,
  trustedProxies,
  webOrigins,
} from './settings/network-schemas.js';
export { type Setting, type SettingSpec, setting } from './settings/setting.js';
export { commaSeparated, oneOf, plainText, wholeNumber, yesNo } from './settings/text-schemas.js';
export { LOG, SETTINGS } from './tokens.js';
export { spanOf } from './traces/trace-requests.js';
export { Colleagues } from './workers/colleagues.js';
export { runInWorkers } from './workers/run-in-workers.js';
