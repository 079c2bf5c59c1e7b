// The dashboard as a person uses it.

/** Pages under a site that exist in this version. */
export const DASHBOARD_PAGES = ['', '/check', '/records', '/install'];

export async function signIn(page, { ouinon }, email, password) {
  await page.goto(`${ouinon.url}/dashboard/login`);
  await page.locator('input[name="email"]').fill(email);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('form button[type="submit"], form button:not([type])').first().click();
  await page.waitForURL((url) => !url.pathname.endsWith('/login'));
}
