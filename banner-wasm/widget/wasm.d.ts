// What wasm-bindgen generates: the functions the module imports, and where it finds its exports.
export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
