// From sources and the bindgen output to `dist/`: minify, optimise, name by content, compress.
// Called by `cargo xtask widget`: node build.mjs BINDGEN_FOLDER, which has one folder for each module.
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
  '--mvp-features',
  '--enable-bulk-memory',
  '--enable-bulk-memory-opt',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  '--enable-reference-types',
  '--enable-multivalue',
];

const sources = {
  name: 'ouinon',
  setup(build) {
    build.onResolve({ filter: /^ouinon:wasm$/ }, () => ({ path: 'wasm', namespace: 'ouinon' }));
    build.onLoad({ filter: /./, namespace: 'ouinon' }, () => ({ contents: 'export default __OUINON_WASM__' }));
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
  return Buffer.from(result.outputFiles[0].contents).toString().trim();
}

const brotli = (data) =>
  zlib.brotliCompressSync(data, {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length },
  });

// What the scripts use. Whatever only wasm-bindgen's own script would use goes away.
const ASK = ['memory', 'event', 'purpose', 'reset'];
const MORE = [...ASK, 'is_excepted', 'is_on', 'vendor'];

const STRIP = ['--strip-debug', '--strip-producers', '--strip-target-features'];

const binaryen = (tool, ...options) =>
  execFileSync(process.execPath, [path.join(here, 'node_modules/binaryen/bin', tool), ...options], { stdio: 'pipe' });

function optimise(which, exports) {
  const file = (name) => path.join(bindgen, which, name);
  const roots = exports.map((name) => ({ name, export: name }));
  const graph = [{ name: 'page', root: true, reaches: exports }, ...roots];
  writeFileSync(file('exports.json'), JSON.stringify(graph));
  const kept = ['--graph-file', file('exports.json'), file('ouinon_banner_bg.wasm'), '-o', file('kept.wasm')];
  binaryen('wasm-metadce', ...FEATURES, ...kept);
  binaryen('wasm-opt', ...FEATURES, '-Oz', '--converge', ...STRIP, file('kept.wasm'), '-o', file('small.wasm'));
  return readFileSync(file('small.wasm'));
}

/** The module as a JavaScript function of what it draws with, for where WebAssembly may not be compiled. */
async function asPlain(which) {
  const file = (name) => path.join(bindgen, which, name);
  // What JavaScript cannot do is put as what it can.
  const lower = ['--llvm-memory-copy-fill-lowering', '--signext-lowering', '--llvm-nontrapping-fptoint-lowering'];
  binaryen('wasm-opt', ...FEATURES, ...lower, '-Oz', '--converge', ...STRIP, file('kept.wasm'), '-o', file('low.wasm'));
  binaryen('wasm2js', '--mvp-features', '--enable-mutable-globals', '-Oz', file('low.wasm'), '-o', file('plain.js'));
  const [, body] = /^import .*\n([^]*)var retasmFunc/.exec(readFileSync(file('plain.js'), 'utf8'));
  const whole = `export default (dom) => {${body} return asmFunc({ 'ouinon:dom': dom }); };`;
  const { code } = await esbuild.transform(whole, { minify: true, target: 'es2022', charset: 'utf8' });
  return code.trim();
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

/** Bytes as a template literal, one character each: a seventh of what base64 would add, after brotli. */
const literal = (bytes) =>
  '`' + Buffer.from(bytes).toString('latin1').replace(/[\\`]|\$(?={)/g, '\\$&').replace(/\r/g, '\\r') + '`';

/** Puts a text where a name stands, once. */
function fill(script, name, text) {
  if (script.split(name).length !== 2) throw new Error(`${name} has to stand in the script exactly once`);
  return script.replace(name, () => text);
}

const write = (name, text) => writeFileSync(path.join(dist, name), text);
const sample = (name) => readFileSync(path.join(here, 'tests', name), 'utf8').trim();

// The server puts together what a site's pages load: `server/src/http/loader.rs`. What only some sites
// use comes before the loader's core, as `__OUINON_PARTS__`, each part a statement: automatic mode, moving in,
// signals.
const held = asset('held.js', Buffer.from(await bundle('held/main.ts', 'esm')));
const core = fill(await bundle('loader/main.ts', 'iife'), '__OUINON_HELD__', JSON.stringify(held));
const loader = `(()=>{var SIGNALS=[];__OUINON_PARTS__${core}})()`;
write('loader.js', loader);
const parts = {};
for (const name of ['automatic', 'bots', 'handover', 'markup', 'reload']) write(`${name}.js`, (parts[name] = await bundle(`loader/${name}.ts`, 'iife')));
for (const kind of ['import', 'signal'])
  for (const file of readdirSync(path.join(here, `loader/${kind}s`))) {
    const name = path.basename(file, '.ts');
    const part = (parts[`${kind}_${name}`] = await bundle(`loader/${kind}s/${file}`, 'iife'));
    write(`${kind}.${name}.js`, part);
  }
write('inline.js', await bundle('loader/queue.ts', 'iife'));

const more = fill(await bundle('widget/more/main.ts', 'esm'), '__OUINON_WASM__', literal(optimise('more', MORE)));
const moreName = asset('more.js', Buffer.from(more));
const plainModule = await asPlain('more');
const plainName = asset('plain.js', Buffer.from(plainModule));
const asking = fill(fill(await bundle('widget/main.ts', 'esm'), '__OUINON_MORE__', JSON.stringify(moreName)),
  '__OUINON_PLAIN__', JSON.stringify(plainName));
const ask = fill(asking, '__OUINON_WASM__', literal(optimise('ask', ASK)));
const askPlain = fill(asking, '__OUINON_WASM__', (await asPlain('ask')).replace(/^export default|;$/g, ''));
const layouts = await readLayouts();
// In the file's first line, so that its name says what they are too; the server takes out those a site shows.
const withLayouts = (script) => asset('ask.js', Buffer.from(`/*${JSON.stringify(layouts)}*/\n${script}`));
write('manifest.json', JSON.stringify({ ask: withLayouts(ask), ask_plain: withLayouts(askPlain), more: moreName }));

/** Ways to show the first layer that only some sites use: a style each, and what it does besides. */
async function readLayouts() {
  const folder = path.join(here, 'layouts');
  const layouts = {};
  for (const file of readdirSync(folder).sort()) {
    const [name, loader] = file.split('.');
    const { code } = await esbuild.transform(readFileSync(path.join(folder, file), 'utf8'),
      { loader, minify: true, target: 'es2022', charset: 'utf8', legalComments: 'none' });
    if (code.includes('*/')) throw new Error(`${file} would end the comment it is kept in`);
    layouts[name] ||= {};
    if (loader == 'css') layouts[name].style = code.trim();
    else layouts[name].show = code.trim().replace(/^export default|;$/g, '').trim();
  }
  return layouts;
}

// Weighed as they are served: with a site's configuration, and the words of one language.
const configured = fill(loader, '__OUINON_CONFIG__', sample('config.json'));
const plain = fill(configured, '__OUINON_PARTS__', '');
const weight = (text) => brotli(Buffer.from(text)).length;
function shown({ style, show = '0' } = {}, script = ask) {
  const words = JSON.stringify({ ...JSON.parse(sample('first-layer.json')), style });
  return fill(fill(script, '__OUINON_LAYOUT__', show), '__OUINON_FIRST_LAYER__', words);
}
const sizes = {
  loader: weight(plain),
  ask: weight(shown()),
  ask_plain: weight(shown({}, askPlain)),
  more: weight(more),
  plain: weight(plainModule),
  held: readFileSync(path.join(dist, `${held}.br`)).length,
};
for (const name in layouts) sizes[`layout_${name}`] = weight(shown(layouts[name])) - sizes.ask;
for (const name in parts) sizes[name] = weight(fill(configured, '__OUINON_PARTS__', parts[name])) - sizes.loader;
write('sizes.json', JSON.stringify(sizes));
