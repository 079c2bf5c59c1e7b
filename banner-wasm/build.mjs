// From sources and the bindgen output to `dist/`: minify, optimise, name by content, compress.
// Called by `cargo xtask widget`: node build.mjs BINDGEN_FOLDER, which has one folder for each module.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import esbuild from 'esbuild';
import { minify } from 'terser';

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

/**
 * What loader, parts and widget know each other's things by: one letter each, in all of them. Names that
 * others use too (`window.ouinon`, a consent, the API, the browser) must not be among them.
 */
const INTERNAL = ['config', 'api', 'stale', 'root', 'later', 'emit', 'align', 'read', 'placing', 'free', 'about', 'moved',
  'home', 'asked', 'fixed', 'disclosed', 'older', 'signals', 'hosted', 'consented', 'ask', 'cover', 'sweep', 'sync', 'strict'];
const short = Object.fromEntries(INTERNAL.map((name, at) => [name, 'abcdefghijklmnopqrstuvwxyzABCDEF'[at]]));
const shortening = {
  mangleProps: new RegExp(`^(${INTERNAL.join('|')})$`),
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  minify: true,
};

async function bundle(entry, format) {
  const result = await esbuild.build({
    ...shortening,
    mangleCache: { ...short },
    entryPoints: [path.join(here, entry)],
    bundle: true,
    write: false,
    format,
    define: { SIGNALS: 'S' },
    tsconfigRaw: {},
    plugins: [sources],
  });
  return smaller(Buffer.from(result.outputFiles[0].contents).toString(), format == 'esm');
}

/** What esbuild leaves: it names by the text alone, and looks once. */
async function smaller(script, module = true) {
  const { code } = await minify(script, { module, ecma: 2022, compress: { passes: 3 } });
  return code.trim();
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
  return smaller(whole);
}

/** `digits`: of its hash in its name; a name that every page loads is short. */
function asset(name, data, digits = 16) {
  const hash = createHash('sha256').update(data).digest('hex').slice(0, digits);
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
// signals, cookies.
const loader = `(()=>{var S=[];__OUINON_PARTS__${await bundle('loader/main.ts', 'esm')}})()`;
write('loader.js', loader);
const parts = {};
for (const name of ['automatic', 'bots', 'handover', 'markup', 'reload']) write(`${name}.js`, (parts[name] = await bundle(`loader/${name}.ts`, 'iife')));
for (const kind of ['import', 'signal', 'part'])
  for (const file of readdirSync(path.join(here, `loader/${kind}s`))) {
    const name = path.basename(file, '.ts');
    const part = (parts[`${kind}_${name}`] = await bundle(`loader/${kind}s/${file}`, 'iife'));
    write(`${kind}.${name}.js`, part);
  }
// An expression, to stand where the small control's words do.
const label = `(${await expression('loader/label.ts')})`;
write('label.js', label);
write('inline.js', await bundle('loader/queue.ts', 'iife'));
const debug = await bundle('debug/main.ts', 'esm');
write('debug.js', debug);

const held = asset('held.js', Buffer.from(await bundle('held/main.ts', 'esm')));
const more = fill(await bundle('widget/more/main.ts', 'esm'), '__OUINON_WASM__', literal(optimise('more', MORE)));
const moreName = asset('more.js', Buffer.from(more));
const plainModule = await asPlain('more');
const names = { MORE: moreName, HELD: held, PLAIN: asset('plain.js', Buffer.from(plainModule)) };
let asking = await bundle('widget/main.ts', 'esm');
for (const name in names) asking = fill(asking, `__OUINON_${name}__`, JSON.stringify(names[name]));
const ask = fill(asking, '__OUINON_WASM__', literal(optimise('ask', ASK)));
const askPlain = fill(asking, '__OUINON_WASM__', (await asPlain('ask')).replace(/^export default|;$/g, ''));
const layouts = await readLayouts();
const told = {};
for (const file of readdirSync(path.join(here, 'asking')))
  told[`told_${path.basename(file, '.ts')}`] = { style: '', show: await expression(`asking/${file}`) };
// In the file's first line, so that its name says what they are too; the server takes out those a site uses.
const asked = (script) => asset('ask.js', Buffer.from(`/*${JSON.stringify({ ...layouts, ...told })}*/\n${script}`), 8);
write('manifest.json', JSON.stringify({ ask: asked(ask), ask_plain: asked(askPlain), more: moreName, held, short }));

/** A file with one function, as an expression; what it is given stands in a comment or a script. */
async function expression(file) {
  const text = readFileSync(path.join(here, file), 'utf8');
  const plain = await esbuild.transform(text, { ...shortening, mangleCache: { ...short }, loader: 'ts' });
  const code = await smaller(plain.code);
  if (code.includes('*/')) throw new Error(`${file} would end the comment it is kept in`);
  return code.replace(/^export default|;$/g, '').trim();
}

/** Ways to show the first layer that only some sites use: a style each, and what it does besides. */
async function readLayouts() {
  const folder = path.join(here, 'layouts');
  const layouts = {};
  for (const file of readdirSync(folder).sort()) {
    const [name, kind] = file.split('.');
    layouts[name] ||= {};
    if (kind == 'ts') layouts[name].show = await expression(`layouts/${file}`);
    else {
      const { code } = await esbuild.transform(readFileSync(path.join(folder, file), 'utf8'), { loader: 'css', minify: true });
      layouts[name].style = code.trim();
    }
  }
  return layouts;
}

// Weighed as they are served: with a site's configuration, and the words of one language.
const OPTIONS = { REFUSED: '0', WAIT: '500', CORNER: '12px auto', LABEL: '"Cookies"', CONFIG: configuration(JSON.parse(sample('config.json'))) };
const weight = (text) => brotli(Buffer.from(text)).length;
const configured = (part) =>
  weight(loader.replace('__OUINON_PARTS__', () => part).replace(/__OUINON_(\w+)__/g, (token, name) => OPTIONS[name] ?? token));

/** As the server writes it. */
function configuration(names) {
  const fields = Object.entries(names).map(([name, value]) => `${short[name]}:${name == 'signals' ? value : JSON.stringify(value)}`);
  return `{${fields}}`;
}
function shown({ style, show = '0' } = {}, placed = '0', script = ask) {
  const words = JSON.stringify({ ...JSON.parse(sample('first-layer.json')), style });
  return fill(fill(fill(script, '__OUINON_LAYOUT__', show), '__OUINON_PLACED__', placed), '__OUINON_FIRST_LAYER__', words);
}
const sizes = {
  loader: configured(''),
  ask: weight(shown()),
  ask_plain: weight(shown({}, '0', askPlain)),
  more: weight(more),
  debug: weight(debug),
  plain: weight(plainModule),
  held: readFileSync(path.join(dist, `${held}.br`)).length,
};
for (const name in layouts) sizes[`layout_${name}`] = weight(shown(layouts[name])) - sizes.ask;
for (const name in told) sizes[name] = weight(shown({}, told[name].show)) - sizes.ask;
for (const name in parts) sizes[name] = configured(parts[name]) - sizes.loader;
write('sizes.json', JSON.stringify(sizes));
