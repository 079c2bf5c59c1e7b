// What each file of loader/imports/ reads, in values as the tools write them, and what it will not read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './source.mjs';

const DAYS = 180;
const BASES = { functional: '', analytics: '', advertising: '', retargeting: '' };
const ADS = ['advertising', 'retargeting'];
const now = Date.now();
const iso = (days = 10) => new Date(now - days * 864e5).toISOString();
const encoded = (value) => encodeURIComponent(JSON.stringify(value));

/** Each tool: its names for our purposes, and its cookies where `yes` says what was granted of them. */
const TOOLS = {
  cookiebot: {
    names: { necessary: ['necessary'], preferences: ['functional'], statistics: ['analytics'], marketing: ADS },
    jar: (yes, days) => ({
      CookieConsent: `{stamp:%274oR8MJL+bxVlG6g+kl2we5+suMJ+Tv7I4C5d4k+YY4vrnhCD+P23RQ==%27%2Cnecessary:true%2Cpreferences:${yes('preferences')}`
        + `%2Cstatistics:${yes('statistics')}%2Cmarketing:${yes('marketing')}%2Cmethod:%27explicit%27%2Cver:1%2Cutc:${Date.parse(iso(days))}%2Cregion:%27de%27}`,
    }),
  },
  onetrust: {
    names: { c0001: ['necessary'], c0002: ['analytics'], c0003: ['functional'], c0004: ADS },
    jar: (yes, days) => ({
      OptanonAlertBoxClosed: iso(days),
      OptanonConsent: 'isGpcEnabled=0&datestamp=Thu+May+08+2025+17%3A43%3A11+GMT%2B0200+(Central+European+Summer+Time)&version=202409.1.0'
        + '&browserGpcFlag=0&isIABGlobal=false&hosts=&consentId=01c89fd0-31ab-11f1-a445-97b47562a254&interactionCount=1&isAnonUser=1'
        + '&landingPath=NotLandingPage&groups=' + encodeURIComponent(`C0001:1,${['C0002', 'C0003', 'C0004'].map((name) => `${name}:${+yes(name.toLowerCase())}`)}`)
        + '&AwaitingReconsent=false&geolocation=FR%3BIDF',
    }),
  },
  cookieyes: {
    names: { functional: ['functional'], analytics: ['analytics'], performance: ['analytics'], advertisement: ADS },
    jar: (yes, days) => {
      const word = (name) => `${name}:${yes(name) ? 'yes' : 'no'}`;
      const names = ['functional', 'analytics', 'performance', 'advertisement'].map(word);
      return { 'cookieyes-consent': `consentid:TzljcGFOWkF2OHRESURkSXZucDlvaXAyYjg1SU9WSXU,consent:no,action:yes,necessary:yes,${names},other:no,lastRenewedDate:${Date.parse(iso(days))}` };
    },
  },
  'vanilla-cookieconsent': {
    names: { necessary: ['necessary'], functionality: ['functional'], analytics: ['analytics'], ads: ADS, marketing: ADS },
    jar: (yes, days) => ({
      cc_cookie: encoded({
        categories: ['necessary', ...['functionality', 'analytics', 'ads'].filter(yes)], revision: 0, data: null,
        consentTimestamp: iso(days), consentId: '9b0e0f0c-3f1d-4c39-9f2f-0d3f8e6f4c11',
        services: { necessary: [], functionality: [], analytics: [], ads: [] }, languageCode: 'en',
        lastConsentTimestamp: iso(days), expirationTime: now + (182 - (days ?? 10)) * 864e5,
      }),
    }),
  },
  klaro: {
    names: { youtube: ['functional'], matomo: ['analytics'], adnet: ADS },
    dateless: true,
    jar: (yes) => ({ klaro: encoded({ youtube: yes('youtube'), matomo: yes('matomo'), adnet: yes('adnet'), own: true }) }),
  },
  tarteaucitron: {
    names: { youtube: ['functional'], matomo: ['analytics'], googleads: ADS },
    dateless: true,
    jar: (yes) => ({ tarteaucitron: `!youtube=${yes('youtube')}!matomo=${yes('matomo')}!googleads=${yes('googleads')}!late=wait` }),
  },
  didomi: {
    names: { 'video-p4em9a8m': ['functional'], 'measure-q4zljqdcd': ['analytics'], 'ads-cl-t1rgm7': ADS },
    jar: (yes, days) => {
      const all = ['video-p4em9a8m', 'measure-q4zlJqdcD', 'ads-CL-T1Rgm7'];
      const is = (name) => yes(name.toLowerCase());
      const token = {
        user_id: '1784114c-f8b3-6590-a6df-b9fb240bdea5', created: iso(days), updated: iso(days),
        vendors: { enabled: ['google', 'c:reseauxso-VFepKrLR'] },
        purposes: { enabled: all.filter(is), disabled: all.filter((name) => !is(name)) }, vendors_li: { enabled: ['google'] }, version: 2,
      };
      return { didomi_token: btoa(JSON.stringify(token)) };
    },
  },
  axeptio: {
    names: { vimeo: ['functional'], google_analytics: ['analytics'], criteo: ADS },
    jar: (yes, days) => ({
      axeptio_cookies: JSON.stringify({
        $$token: 'h1gr263utwgrlqk71r2ii', $$date: iso(days), $$cookiesVersion: { name: 'shop-fr', identifier: '645cb096c665b447c8563f27' },
        Criteo: yes('criteo'), google_analytics: yes('google_analytics'), vimeo: yes('vimeo'), Unheard: false, $$completed: true,
      }).replaceAll('"', '%22').replaceAll(',', '%2C'),
      axeptio_all_vendors: '%2CCriteo%2Cgoogle_analytics%2Cvimeo%2C',
    }),
  },
};

/** A page with the part of one tool, in a browser that holds `jar`; asked as the widget asks. */
async function page(tool, jar, { grants = false, model = 'opt-in', local = {}, consent = null } = {}) {
  Object.assign(globalThis, {
    __OUINON_IMPORT__: { purposes: TOOLS[tool].names, grants, days: DAYS },
    SIGNALS: [],
    document: { cookie: Object.entries(jar).map((pair) => pair.join('=')).join('; ') },
    localStorage: Object.defineProperty(local, 'getItem', { value: (name) => local[name], configurable: true }),
  });
  await source(`loader/imports/${tool}.ts`);
  const core = { config: { asked: Object.keys(BASES) }, api: { consent, allowed: () => model !== 'opt-in' || !!consent }, regime: null };
  globalThis.SIGNALS[0](core);
  const refused = Object.keys(BASES).filter((purpose) => !core.api.allowed(purpose));
  core.regime = { model };
  const [action, choice, method] = core.moved?.() || [];
  if (choice) assert.deepEqual([action, method], [Object.values(choice.choices).includes(true) ? 'save' : 'reject_all', 'import']);
  return { core, local, refused, moved: choice?.choices };
}
const all = (value) => Object.fromEntries(Object.keys(BASES).map((purpose) => [purpose, value]));
const analyticsOf = (tool) => Object.keys(TOOLS[tool].names).filter((name) => TOOLS[tool].names[name][0] === 'analytics');

for (const [tool, { jar, dateless }] of Object.entries(TOOLS)) {
  test(`${tool}: what was refused is refused, and nobody is asked again`, async () => {
    const { core, moved } = await page(tool, jar(() => false));
    assert.deepEqual(moved, all(false));
    assert.equal(core.moved, undefined, 'once');
    const { refused } = await page(tool, jar(() => false), { model: 'opt-out' });
    assert.deepEqual(refused, Object.keys(BASES), 'from the first moment on');
  });
  test(`${tool}: a yes counts where the site takes it`, async () => {
    assert.equal((await page(tool, jar(() => true))).moved, undefined);
    assert.deepEqual((await page(tool, jar(() => true), { grants: true })).moved, all(true));
    const some = jar((name) => analyticsOf(tool).includes(name));
    assert.equal((await page(tool, some)).moved, undefined, 'asked');
    const expected = { ...all(false), analytics: true };
    assert.deepEqual((await page(tool, some, { grants: true })).moved, expected);
    assert.deepEqual((await page(tool, some, { model: 'opt-out' })).moved, expected, 'no yes is needed there');
    assert.equal((await page(tool, jar(() => true), { model: 'opt-out' })).moved, undefined, 'nothing was refused');
  });
  test(`${tool}: not once a choice of our own was there, nor when it is too old`, async () => {
    const { local, core } = await page(tool, jar(() => false), { consent: { choices: all(true) } });
    assert.equal(core.moved, undefined);
    assert.equal(`${local.ouinon_i}`, '1');
    assert.equal((await page(tool, jar(() => false), { local })).moved, undefined);
    if (dateless) return;
    assert.equal((await page(tool, jar(() => false, DAYS + 1))).moved, undefined, 'older than a choice is kept');
    assert.equal((await page(tool, jar(() => false, -3))).moved, undefined, 'from the future');
  });
  test(`${tool}: what its maker would not have written is ignored`, async () => {
    const names = Object.keys(jar(() => false));
    const genuine = jar(() => false);
    const proto = '{"__proto__":{"matomo":false},"constructor":false,"prototype":false}';
    const hostile = [
      '', '%', '%E0%A4%A', 'null', '[]', '{}', '0', '-1', 'true', '"text"', '!', '{}{}', `${'a'.repeat(1e6)}`, btoa('null'), btoa(proto),
      encodeURIComponent(proto), '{__proto__:false%2Cconstructor:false}', 'groups=__proto__:0,constructor:0', '!__proto__=false!matomo=maybe',
      'consentid:x,action:yes,__proto__:no,constructor:no,functional:perhaps',
    ];
    for (const value of hostile)
      for (const name of names) {
        const { core, moved, refused } = await page(tool, { ...genuine, [names[0]]: '', [name]: value });
        assert.deepEqual([core.moved, moved], [undefined, undefined], `${name}=${value.slice(0, 60)}`);
        assert.equal(refused.length, 4, 'as for anybody where the law asks first');
      }
    assert.equal({}.matomo, undefined);
    assert.equal((await page(tool, {})).moved, undefined);
  });
}

test('what is there before anybody chose is no choice', async () => {
  const cookiebot = TOOLS.cookiebot.jar(() => false).CookieConsent;
  for (const value of [cookiebot.replace('explicit', 'implied'), cookiebot.replace(/%27.*?%27/, '%27-1%27')])
    assert.equal((await page('cookiebot', { CookieConsent: value })).moved, undefined);
  const { OptanonConsent, OptanonAlertBoxClosed } = TOOLS.onetrust.jar(() => false);
  assert.equal((await page('onetrust', { OptanonConsent })).moved, undefined);
  const again = OptanonConsent.replace('Reconsent=false', 'Reconsent=true');
  assert.equal((await page('onetrust', { OptanonAlertBoxClosed, OptanonConsent: again })).moved, undefined);
  const cookieyes = TOOLS.cookieyes.jar(() => false)['cookieyes-consent'];
  assert.equal((await page('cookieyes', { 'cookieyes-consent': cookieyes.replace('action:yes', 'action:') })).moved, undefined);
  const axeptio = TOOLS.axeptio.jar(() => false).axeptio_cookies;
  assert.equal((await page('axeptio', { axeptio_cookies: axeptio.replace(/true}$/, 'false}') })).moved, undefined);
});

test('one answer that is none makes all of it unbelievable', async () => {
  const klaro = { youtube: false, matomo: false, adnet: 0 };
  assert.equal((await page('klaro', { klaro: encoded(klaro) })).moved, undefined);
  assert.equal((await page('tarteaucitron', { tarteaucitron: '!youtube=false!matomo=false!googleads=' })).moved, undefined);
});

test('a tool that asked less leaves the rest to be asked, and keeps what it refused', async () => {
  const jar = { klaro: encoded({ matomo: false }) };
  assert.equal((await page('klaro', jar)).moved, undefined);
  const { moved, refused } = await page('klaro', jar, { model: 'notice' });
  assert.deepEqual(moved, { ...all(true), analytics: false });
  assert.deepEqual(refused, ['analytics']);
});

test('vanilla-cookieconsent and Klaro may keep it in localStorage', async () => {
  const value = decodeURIComponent(TOOLS['vanilla-cookieconsent'].jar(() => false).cc_cookie);
  assert.deepEqual((await page('vanilla-cookieconsent', {}, { local: { cc_cookie: value } })).moved, all(false));
});
