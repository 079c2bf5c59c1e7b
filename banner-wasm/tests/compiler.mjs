// The TypeScript compiler as a site runs it: strict, and with nothing of this repository's settings.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

export const here = path.resolve(import.meta.dirname, '..');
const STRICT = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--module', 'esnext',
  '--moduleResolution', 'bundler', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', '--ignoreConfig'];

/** What it has to say about these files. */
export const complaints = (files, options = []) =>
  promisify(execFile)(process.execPath, [path.join(here, 'node_modules/typescript/bin/tsc'), ...STRICT, ...options, ...files], { cwd: here })
    .then(({ stdout }) => stdout, ({ stdout }) => stdout);
