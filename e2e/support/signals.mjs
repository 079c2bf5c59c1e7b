// Stand-ins for the vendors' own tags as sites paste them, and what they were told.

/** The inline parts of Google's, Microsoft's and Meta's tags; nothing is loaded. */
export const VENDOR_TAGS = `<script>
window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments)}
gtag('js', new Date()); gtag('config', 'G-X');
!function(f){if(f.fbq)return;var n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};
if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';n.queue=[]}(window);
fbq('init', '1'); fbq('track', 'PageView');
</script>`;

const CONSENT = ['consent', 'dataProcessingOptions'];

/** What the queues hold, each call as a list; Meta's has to begin before `init`. */
export async function heardBy(page) {
  const raw = await page.evaluate(() => ({
    dataLayer: (window.dataLayer || []).map((entry) => (entry.event ? entry : [...entry])),
    uetq: window.uetq || [],
    clarity: (window.clarity?.q || []).map((entry) => [...entry]),
    fbq: (window.fbq?.queue || []).map((entry) => [...entry]),
  }));
  const uetq = [];
  for (let at = 0; at < raw.uetq.length; at += 3) uetq.push(raw.uetq.slice(at, at + 3));
  const meta = raw.fbq.filter(([name]) => CONSENT.includes(name));
  const early = raw.fbq.findIndex(([name]) => name === 'init');
  return { dataLayer: raw.dataLayer, uetq, clarity: raw.clarity, meta, metaBeforeInit: raw.fbq.slice(0, early) };
}

/** What Google's tags make of it in a place: its nearest default, the updates, what holds in the end. */
export function resolved(dataLayer, place) {
  const calls = dataLayer.filter(Array.isArray);
  const at = (what) => calls.findIndex(([name, kind]) => (what === 'tag' ? ['js', 'config', 'event'].includes(name) : name === 'consent' && kind === what));
  const defaults = calls.filter(([name, kind]) => name === 'consent' && kind === 'default');
  const of = (code) => defaults.findLast(([, , { region }]) => (code ? region?.includes(code) : !region));
  const [, , { region, ...nearest }] = of(place) || of(place.split('-')[0]) || of();
  const updates = calls.filter(([name, kind]) => name === 'consent' && kind === 'update');
  const { wait_for_update, ...final } = Object.assign({}, nearest, ...updates.map(([, , state]) => state));
  return { default: nearest, updates, final, tagsBeforeDefault: at('default') < 0 || (at('tag') >= 0 && at('tag') < at('default')) };
}
