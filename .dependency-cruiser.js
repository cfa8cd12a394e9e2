/** The dependency rules of ARCHITECTURE.md, checked by `npm run lint:deps`. */
const natsOwners =
  '(^(libs/(backup|event-log|kv|nats-connection|nats-server|testing)|test|bench)/|\\.spec\\.ts$)';

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-never-import-apps',
      comment: 'Standalone composes the three service modules: the one exception.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'libs-never-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'foundations-stand-alone',
      comment: 'contracts, timing, lru and sse import nothing of ours.',
      severity: 'error',
      from: { path: '^libs/(contracts|timing|lru|sse)/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(contracts|timing|lru|sse)/' },
    },
    {
      name: 'foundations-apart',
      severity: 'error',
      from: { path: '^libs/(contracts|timing|lru|sse)/' },
      to: { path: '^libs/(contracts|timing|lru|sse)/', pathNot: '^libs/$1/' },
    },
    {
      name: 'plain-typescript',
      comment: 'These run in browsers too.',
      severity: 'error',
      from: { path: '^libs/(contracts|timing|lru)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'] },
    },
    {
      name: 'sse-knows-only-node',
      severity: 'error',
      from: { path: '^libs/sse/src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm'] },
    },
    {
      name: 'nats-behind-its-doors',
      comment: 'The NATS client appears only where a library owns that conversation.',
      severity: 'error',
      from: { pathNot: natsOwners },
      to: { path: '^node_modules/@nats-io/' },
    },
    {
      name: 'opentelemetry-behind-its-door',
      comment: 'And there in one file, which is loaded only when traces are on (ADR 0018).',
      severity: 'error',
      from: { pathNot: '^libs/tracing/src/otlp-recorder\\.ts$' },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'opentelemetry-is-loaded-late',
      severity: 'error',
      from: {},
      to: {
        path: '^libs/tracing/src/otlp-recorder\\.ts$',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'nest-at-the-edges',
      severity: 'error',
      from: {
        path: '^libs/(contracts|sse|limits|event-log|kv|catalogue|source-state|nats-server|nats-connection|presence|sdk)/',
      },
      to: { path: '^node_modules/@nestjs/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { pathNot: '(^(test|bench|libs/testing)/|/fixtures/|\\.spec\\.ts$)' },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'libraries-through-their-index',
      severity: 'error',
      from: { path: '^(libs|apps)/([^/]+)/' },
      to: {
        path: '^libs/([^/]+)/src/',
        pathNot: ['^$1/$2/', '^libs/[^/]+/src/index\\.ts$', '^libs/sdk/src/page/client\\.ts$'],
      },
    },
    {
      name: 'no-index-inside',
      comment: 'An index lists what a library offers; nothing inside imports it.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['runnel-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
