import { execFile } from 'node:child_process';
import { arch, availableParallelism, platform } from 'node:os';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a run ran on, as its record keeps it. */
export interface MachineRecord {
  readonly name: string;
  readonly platform: string;
  readonly arch: string;
  readonly node: string;
  readonly cores: number;
  readonly programs: Readonly<Record<string, string>>;
  readonly images: Readonly<Record<string, string>>;
}

export async function describeMachine(environment: string): Promise<MachineRecord> {
  return {
    name: environment,
    platform: platform(),
    arch: arch(),
    node: process.versions.node,
    cores: availableParallelism(),
    programs: { 'redis-server': await versionOf(process.env['KEYDRILL_REDIS_SERVER'] || 'redis-server') },
    images: {},
  };
}

async function versionOf(program: string): Promise<string> {
  try {
    const { stdout } = await execute(program, ['--version'], { timeout: 2000 });
    return /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim();
  } catch {
    return 'absent';
  }
}
