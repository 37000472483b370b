import { readFileSync } from 'node:fs';

/** What the kernel tells of a process; nothing where it is gone. */

/** The most resident memory it ever had, in MiB. */
export function peakMemoryMiB(pid: number): number | undefined {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

/** Processor time of all its threads so far, in milliseconds. */
export function processorMs(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The program's name stands in brackets and may itself hold brackets and spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Linux shows times to programs in hundredths of a second, whatever it counts in itself. */
const MS_PER_TICK = 10;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
