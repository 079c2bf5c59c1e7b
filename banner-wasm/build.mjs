// From sources and the bindgen output to `dist/`: minify, optimise, name by content, compress.
// Called by `cargo xtask widget`: node build.mjs BINDGEN_FOLDER
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import esbuild from 'esbuild';

const here = import.meta.dirname;
const bindgen = path.resolve(process.argv[2]);
const dist = path.join(here, 'dist');

// What Chromium, Firefox and Safari all run. `--all-features` would emit imports they refuse.
const FEATURES = [
  'bulk-memory',
  'bulk-memory-opt',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'reference-types',
  'multivalue',
];

const sources = {
  name: 'ouinon',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const { code } = await esbuild.transform(text, { loader: 'css', minify: true });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

async function bundle(entry, format) {
  const result = await esbuild.build({
    entryPoints: [path.join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    format,
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    tsconfigRaw: {},
    plugins: [sources],
  });
  return result.outputFiles[0].contents;
}

const brotli = (data) =>
  zlib.brotliCompressSync(data, {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length },
  });

// What `widget/screen.ts` uses. Whatever only wasm-bindgen's own script would use goes away.
const EXPORTS = ['memory', 'event', 'is_excepted', 'is_on', 'purpose', 'reset', 'vendor'];

function optimise() {
  const binaryen = (tool, ...options) =>
    execFileSync(process.execPath, [path.join(here, 'node_modules/binaryen/bin', tool), ...options], { stdio: 'pipe' });
  const features = ['--mvp-features', ...FEATURES.map((feature) => `--enable-${feature}`)];
  const file = (name) => path.join(bindgen, name);
  const roots = EXPORTS.map((name) => ({ name, export: name }));
  const graph = [{ name: 'page', root: true, reaches: EXPORTS }, ...roots];
  writeFileSync(file('exports.json'), JSON.stringify(graph));
  const kept = ['--graph-file', file('exports.json'), file('ouinon_banner_bg.wasm'), '-o', file('kept.wasm')];
  binaryen('wasm-metadce', ...features, ...kept);
  const strip = ['--strip-debug', '--strip-producers', '--strip-target-features'];
  binaryen('wasm-opt', ...features, '-Oz', '--converge', ...strip, file('kept.wasm'), '-o', file('small.wasm'));
  return readFileSync(file('small.wasm'));
}

function asset(name, data) {
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 16);
  const [stem, ending] = name.split('.');
  const file = `${stem}.${hash}.${ending}`;
  writeFileSync(path.join(dist, file), data);
  writeFileSync(path.join(dist, `${file}.br`), brotli(data));
  writeFileSync(path.join(dist, `${file}.gz`), zlib.gzipSync(data, { level: 9 }));
  return file;
}

mkdirSync(dist, { recursive: true });
for (const old of readdirSync(dist)) rmSync(path.join(dist, old));

const loader = Buffer.from(await bundle('loader/main.ts', 'iife')).toString().trim();
if (loader.split('__OUINON_CONFIG__').length !== 2) throw new Error('the loader needs its configuration exactly once');
writeFileSync(path.join(dist, 'loader.js'), loader);
const inline = Buffer.from(await bundle('loader/queue.ts', 'iife')).toString().trim();
writeFileSync(path.join(dist, 'inline.js'), inline);
const script = await bundle('widget/main.ts', 'esm');
const code = optimise();
const assets = { js: asset('widget.js', script), wasm: asset('widget.wasm', code) };
writeFileSync(path.join(dist, 'manifest.json'), JSON.stringify(assets));

// The loader is weighed as it is served: with a site's configuration in it.
const sample = readFileSync(path.join(here, 'tests/config.json'), 'utf8').trim();
const served = loader.replace('__OUINON_CONFIG__', () => sample);
const sizes = { loader: brotli(served).length, script: brotli(script).length, module: brotli(code).length };
sizes.total = sizes.loader + sizes.script + sizes.module;
writeFileSync(path.join(dist, 'sizes.json'), JSON.stringify(sizes));
