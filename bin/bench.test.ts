import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { atLeast, atMost, line, median } from './bench/measurement.ts';

const program = fileURLToPath(new URL('bench.ts', import.meta.url));

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('--help names every measurement and measures nothing', () => {
  const { status, stdout } = bench('--help', 'oracle');
  expect(status).toBe(0);
  for (const name of [
    'gate',
    'topology',
    'fault-proxy',
    'memory',
    'oracle',
    'judging',
    'rotation',
    'explore',
    'explore-finds',
    'traffic',
    'load',
    'soak',
    'drills',
  ])
    expect(stdout).toContain(`\n  ${name} `);
  expect(stdout).not.toContain('==');
});

test('what cannot be measured is named with what can be', () => {
  expect(bench('orakle')).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'bench: Nothing to measure is called "orakle"; there is gate, topology, fault-proxy, memory, oracle, judging, rotation, explore, explore-finds, traffic, load, soak, drills, chaos (see --help)\n',
  });
  expect(bench('--runs', '0').stderr).toBe(
    'bench: --runs must be a whole number above 0, not "0" (see --help)\n',
  );
  expect(bench('--fast').status).toBe(2);
});

test('raw numbers come first and each figure stands against its limit', () => {
  const { stdout } = bench('oracle');
  expect(stdout).toMatch(
    /^== oracle\n {3}[0-9,]+ steps in [0-9.]+ s, [0-9,]+ times 2 files\noracle: [0-9,]+ steps\/s \(limit at least 20,000 steps\/s\) (ok|MISSED)\n$/,
  );
});

test('a limit is kept by a value that reaches it', () => {
  expect(line(atMost('waits', 6000, 6000, 'ms'))).toBe('waits: 6,000 ms (limit at most 6,000 ms) ok');
  expect(line(atMost('ratio', 4.004, 4))).toBe('ratio: 4.00 (limit at most 4) MISSED');
  expect(line(atLeast('speed', 19_999, 20_000, 'steps/s'))).toContain('MISSED');
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([9, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 100])).toBe(3);
});
