import { TRANSFORM } from './scripts/transform.mjs';

const transform = { '^.+\\.ts$': ['@swc/jest', TRANSFORM] };

const project = {
  transform,
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['runnel-source', 'node', 'node-addons'] },
  // Sources import each other with the .js ending that Node needs; Jest reads the .ts beside it.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

/**
 * Units run in parallel. What crosses processes runs in band, so a forgotten close shows; scripts/test.mjs runs two such
 * files at a time. The faults (`npm run test:faults`) are apart, since they take as long again.
 */
export default {
  projects: [
    {
      ...project,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/apps/**/*.spec.ts',
        '<rootDir>/libs/**/*.spec.ts',
        '<rootDir>/bench/**/*.spec.ts',
        '<rootDir>/scripts/**/*.spec.ts',
      ],
    },
    {
      ...project,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/faults/'],
    },
    { ...project, displayName: 'faults', testMatch: ['<rootDir>/test/faults/**/*.spec.ts'] },
  ],
  coverageProvider: 'v8',
  maxWorkers: '100%',
  // Long enough for what `eventually` waits for, so that its message is the one that is seen.
  testTimeout: 60_000,
  workerIdleMemoryLimit: '512MB',
};
