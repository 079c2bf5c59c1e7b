// A country database that knows one place: everybody is there. Written as MaxMind's format 2.0 wants it.

const uint = (type) => (value) => {
  const bytes = [];
  for (let rest = value; rest; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([...control(type, bytes.length), ...bytes]);
};
const control = (type, size) => (type > 7 ? [size, type - 7] : [(type << 5) + size]);
const [uint16, uint32, uint64] = [uint(5), uint(6), uint(9)];
const text = (value) => Buffer.concat([Buffer.from(control(2, value.length)), Buffer.from(value)]);
const list = (...items) => Buffer.concat([Buffer.from(control(11, items.length)), ...items]);
const map = (entries) => Buffer.concat([Buffer.from(control(7, Object.keys(entries).length)),
  ...Object.entries(entries).flatMap(([key, value]) => [text(key), value])]);

/** The file's bytes; `code` is ISO 3166, such as `FR` or `US-CA`. */
export function everybodyIn(code) {
  const [country, region] = code.split('-');
  const row = map({
    country: map({ iso_code: text(country) }),
    ...(region && { subdivisions: list(map({ iso_code: text(region) })) }),
  });
  // One node, both of whose sides (24 bits each) are the row: 1 node + 16 bytes of nothing before it.
  const tree = Buffer.from([0, 0, 17, 0, 0, 17]);
  const about = map({
    node_count: uint32(1), record_size: uint16(24), ip_version: uint16(4),
    database_type: text('one place'), languages: list(), description: map({}),
    binary_format_major_version: uint16(2), binary_format_minor_version: uint16(0), build_epoch: uint64(1),
  });
  return Buffer.concat([tree, Buffer.alloc(16), row, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), about]);
}
