// Imports a TypeScript module of the loader or the widget the way the browser would get it.
import path from 'node:path';
import esbuild from 'esbuild';

// Not run here: tests/machine.rs and tests/view.rs look at what the module does.
const noModule = {
  name: 'no module',
  setup(build) {
    build.onResolve({ filter: /^ouinon:wasm$/ }, () => ({ path: 'wasm', namespace: 'ouinon' }));
    build.onLoad({ filter: /./, namespace: 'ouinon' }, () => ({ contents: 'export default ""' }));
  },
};

export async function source(file) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(import.meta.dirname, '..', file)],
    bundle: true,
    write: false,
    format: 'esm',
    loader: { '.css': 'text' },
    tsconfigRaw: {},
    plugins: [noModule],
  });
  // A new address each time: every test gets its own state.
  const text = Buffer.from(`${outputFiles[0].text}\n//${Math.random()}`).toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}
