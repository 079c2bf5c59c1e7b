// A page's own code, compiled against `ouinon.d.ts` alone: `types.test.mjs`. What must not compile says so.

// Before the tag has come, and after: the same line.
(window.ouinon = window.ouinon || []).push((ouinon) => {
  if (ouinon.allowed('analytics', 'matomo')) start(ouinon.visitor);
  ouinon.on('change', stop);
  ouinon.off('change', stop);
  // @ts-expect-error no such event
  ouinon.on('changed', stop);
  // @ts-expect-error a vendor is no list
  ouinon.allowed('analytics', ['matomo']);
  // @ts-expect-error only the visitor changes it
  ouinon.consent = null;
});

function start(visitor: string | null): void {
  console.log(visitor);
}

function stop(consent: OuinonConsent | null): void {
  const [yes, model]: [boolean | undefined, 'opt-in' | 'opt-out' | 'notice' | undefined] = [
    consent?.choices.analytics,
    consent?.regime?.model,
  ];
  console.log(yes, model);
}

document.addEventListener('ouinon:change', ({ detail }) => {
  const when: string | undefined = detail?.expires_at;
  console.log(when);
  // @ts-expect-error no such member
  console.log(detail?.given);
});

export async function choose(): Promise<boolean> {
  const ouinon = await window.ouinon?.ready;
  // @ts-expect-error it may not have come
  window.ouinon.open();
  // @ts-expect-error without the snippet's inline part it is not there yet
  window.ouinon?.open();
  await ouinon?.save({ choices: { analytics: true }, vendors: { matomo: false } });
  // @ts-expect-error yes or no
  await ouinon?.save({ choices: { analytics: 'yes' } });
  const preferences: HTMLElement = document.createElement('ouinon-preferences');
  document.body.append(preferences);
  return ouinon?.allowed('analytics') ?? false;
}
