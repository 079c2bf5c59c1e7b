// The module, which the build writes into the script: one character a byte of WebAssembly, or JavaScript
// for sites whose policy forbids that.
declare module 'ouinon:wasm' {
  const code: string | import('./run').Plain;
  export default code;
}
