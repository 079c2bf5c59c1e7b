// Bytes by file: what Ouinon's pages load, and the peer's files, each compressed as it is served.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { number, table } from './figures.mjs';

const { constants } = zlib;

export function sizes(body) {
  const brotli = zlib.brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
  return { raw: body.length, gzip: zlib.gzipSync(body, { level: 9 }).length, brotli: brotli.length };
}

const row = (name, { raw, gzip, brotli }) => [name, number(raw), number(gzip), number(brotli)];

const sum = (all) => all.reduce((total, one) => ({
  raw: total.raw + one.raw, gzip: total.gzip + one.gzip, brotli: total.brotli + one.brotli,
}), { raw: 0, gzip: 0, brotli: 0 });

/** The files of a first view, as this server serves them, beside vanilla-cookieconsent's. */
export async function measureBytes(ouinon, site, peers) {
  const read = async (rest) => Buffer.from(await (await fetch(`${ouinon.url}${rest}`)).arrayBuffer());
  const own = {
    'loader (every page)': sizes(await read(`/b/${site.id}.js`)),
    'what asks, one language': sizes(await read(`/b/${site.id}/ask.js?en`)),
    place: sizes(await read(`/v1/sites/${site.id}/place`)),
  };
  const manifest = JSON.parse(fs.readFileSync(path.resolve(import.meta.dirname, '../banner-wasm/dist/manifest.json')));
  const later = {
    'preferences, script': sizes(await read(`/a/${manifest.more}`)),
    'preferences, whole notice': sizes(await read(`/n/${site.notice}/en.json`)),
  };
  const peer = Object.fromEntries(peers.files.map((file) => [file, sizes(fs.readFileSync(path.join(peers.folder, file)))]));
  return { own, later, peer };
}

export function bytesSection({ own, later, peer }) {
  const rows = [
    ...Object.entries(own).map(([name, size]) => row(name, size)),
    row('**Ouinon, first view**', sum(Object.values(own))),
    ...Object.entries(later).map(([name, size]) => row(`once opened: ${name}`, size)),
    ...Object.entries(peer).map(([name, size]) => row(`vanilla-cookieconsent ${name}`, size)),
    row('**vanilla-cookieconsent** (texts are in the page)', sum(Object.values(peer))),
  ];
  return `## Bytes by file\n\n${table(['file', 'raw', 'gzip-9', 'brotli-11'], rows)}\n`;
}
