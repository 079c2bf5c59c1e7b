// What a site wants set before Google's defaults, where the inline snippet has not done it. Only sites
// that set something are served this; it comes before `signals/google.ts`.

/** The JSON the server puts here. */
declare const __OUINON_SET__: string[];

const layer = (window.dataLayer ||= []) as unknown[][];
const gtag: (...args: unknown[]) => void = function () {
  layer.push(arguments as never);
};

if (!layer.some((entry) => entry[1] == 'default')) __OUINON_SET__.forEach((name) => gtag('set', name, true));
