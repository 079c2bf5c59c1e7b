// What processes used so far, as Linux counts it in /proc: processor time and memory.
import fs from 'node:fs';

/** Linux counts in hundredths of a second. */
const TICK = 10_000;

/** Fields of /proc/PID/stat by their numbers in proc(5); nothing of a process that is gone. */
function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (number) => Number(fields[number - 3]);
  } catch {
    return () => 0;
  }
}

const own = (field) => field(14) + field(15);
const ended = (field) => field(16) + field(17);

/** Microseconds of a process. */
export const used = (pid) => own(stat(pid)) * TICK;

/** Microseconds of the programs that this one started and saw the end of: the load generators. */
export const usedByEnded = () => ended(stat(process.pid)) * TICK;

/** Microseconds of a process and its children, those that ended included: a PostgreSQL and its backends. */
export function usedByAll(pid) {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const ticks = children.reduce((sum, child) => sum + own(stat(child)), 0);
  return (ticks + own(stat(pid)) + ended(stat(pid))) * TICK;
}

/** The most memory a process had so far, in megabytes. */
export const peak = (pid) =>
  Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;
