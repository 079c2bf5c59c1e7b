/** Where a page may say so: a cookie whose name begins with `__Secure-` or `__Host-` is neither written nor removed without. */
export const secure = (): string => (location.protocol == 'https:' ? ';secure' : '');

/** Removes a cookie: on this host and its parents, this path and its parents. */
export const wipe = (name: string): void => {
  for (let domain = location.hostname; ; domain = domain.replace(/^[^.]*\.?/, '')) {
    // With and without the last slash: they are two paths.
    for (let path = location.pathname; path; path = path.replace(/([^/]+|.)$/, ''))
      document.cookie = `${name}=;max-age=0;path=${path}` + secure() + (domain && ';domain=' + domain);
    if (!domain) break;
  }
};
