/** Removes a cookie: on this host and its parents, this path and its parents. */
export const wipe = (name: string): void => {
  for (let domain = location.hostname; ; domain = domain.replace(/^[^.]*\.?/, '')) {
    // With and without the last slash: they are two paths.
    for (let path = location.pathname; path; path = path.replace(/([^/]+|.)$/, ''))
      document.cookie = `${name}=;max-age=0;path=${path}` + (domain && ';domain=' + domain);
    if (!domain) break;
  }
};
