// The list of automatic mode: whole, plain and each host once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const list = JSON.parse(readFileSync(new URL('../loader/trackers.json', import.meta.url)));
const entries = Object.entries(list.vendors).flatMap(([vendor, purposes]) =>
  Object.entries(purposes).flatMap(([purpose, hosts]) => hosts.split(' ').map((host) => ({ vendor, purpose, host }))),
);

test('it says where it comes from', () => {
  for (const key of ['about', 'source', 'licence']) assert.ok(list[key]);
  assert.match(list.date, /^\d{4}-\d\d-\d\d$/);
});

test('every host is one, stands once and waits for one of the five purposes', () => {
  const seen = new Set();
  for (const { vendor, purpose, host } of entries) {
    assert.match(host, /^([a-z0-9-]+\.)+[a-z]{2,}$/, vendor);
    assert.ok(['functional', 'analytics', 'advertising', 'retargeting'].includes(purpose), `${vendor} ${purpose}`);
    assert.ok(!seen.has(host), `${host} stands twice`);
    seen.add(host);
  }
  assert.ok(seen.size > 150, `${seen.size}`);
});

test('names can stand in an attribute', () => {
  for (const { vendor } of entries) assert.match(vendor, /^[^"&<>]+$/);
});

test('a host says something its parent does not', () => {
  const by = new Map(entries.map((entry) => [entry.host, entry]));
  for (const { host, vendor, purpose } of entries)
    for (let parent = host; (parent = parent.replace(/^[^.]*\.?/, '')); ) {
      const above = by.get(parent);
      assert.ok(!above || above.vendor != vendor || above.purpose != purpose, `${host} under ${parent}`);
    }
});
