// The WebAssembly module, which the build writes into the script: one character a byte.
declare module 'ouinon:wasm' {
  const text: string;
  export default text;
}
