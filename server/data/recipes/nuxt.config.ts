// nuxt.config.ts (Nuxt); with Vue alone the tag stands in index.html
export default defineNuxtConfig({
  app: { head: { script: [{ src: 'https://cmp.example/b/SITE.js', async: true }] } },
  vue: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('ouinon-') } },
});
