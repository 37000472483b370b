import { defineConfig } from 'vitest/config';

// Files that start topologies: one at a time, so that a test of timing is not a test of the machine's patience.
const live = ['*.test.ts', 'environments/**/*.test.ts', 'suites/*.test.ts', 'bin/**/*.test.ts'];

export default defineConfig({
  test: {
    reporters: [
      'default',
      // Allure would otherwise record what each expectation compared, secrets among them.
      ['allure-vitest/reporter', { resultsDir: 'allure-results', reportMatchers: false }],
    ],
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['{harness,vectors,reports,suites}/**/*.test.ts'],
          exclude: live,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'live',
          include: live,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
