const COMMON_JS = { module: { type: 'commonjs' }, sourceMaps: 'inline' }

/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/routers/'],
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/test/nodes/node_modules/',
    '<rootDir>/test/routers/node_modules/',
    '<rootDir>/bench/peers/node_modules/',
  ],
  testEnvironment: 'node',
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, useDefineForClassFields: false },
          target: 'es2022',
        },
        ...COMMON_JS,
      },
    ],
    // Published as modules only, which jest does not load by itself.
    'node_modules/(jose|auto-bind)/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, ...COMMON_JS }],
  },
  transformIgnorePatterns: ['node_modules/(?!(jose|auto-bind)/)'],
  testTimeout: 20_000,
  // Suites wait more than they work.
  maxWorkers: '100%',
}
