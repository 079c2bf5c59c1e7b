//! What to paste with the tools sites are made with: the files of `data/recipes`, which docs/INSTALL.md
//! has too, with the address and the site in them.

use ouinon_dashboard::pages::Recipe;

const WORDPRESS: &str = include_str!("../../../data/recipes/wordpress.php");
const SHOPIFY: &str = include_str!("../../../data/recipes/shopify.html");
const LAYOUT: &str = include_str!("../../../data/recipes/layout.tsx");
const REACT: &str = include_str!("../../../data/recipes/use-allowed.tsx");
const NUXT: &str = include_str!("../../../data/recipes/nuxt.config.ts");
const VUE: &str = include_str!("../../../data/recipes/use-allowed.ts");
const MOVING: &str = include_str!("../../../data/recipes/moving.json");
const EARLY: &str = include_str!("../../../data/recipes/early.html");
const TYPES: &str = "curl -O https://cmp.example/ouinon.d.ts\n";

/// Where a recipe has the server's address, and the site's id.
const BASE: &str = "https://cmp.example";
const SITE: &str = "SITE";

/// All of them, for this site.
pub fn all(base: &str, site: &str) -> Vec<Recipe> {
    let recipe = |(key, codes): (&'static str, &[&str])| Recipe {
        key,
        codes: codes.iter().map(|code| own(code, base, site)).collect(),
    };
    let known: [(&str, &[&str]); 7] = [
        ("gtm", &[]),
        ("wordpress", &[WORDPRESS]),
        ("shopify", &[SHOPIFY]),
        ("react", &[LAYOUT, REACT]),
        ("vue", &[NUXT, VUE]),
        ("moving", &[MOVING]),
        ("typescript", &[TYPES, EARLY]),
    ];
    known.into_iter().map(recipe).collect()
}

fn own(code: &str, base: &str, site: &str) -> String {
    code.trim_end().replace(BASE, base).replace(SITE, site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_name_the_site_and_no_other() {
        let all = all("https://consent.shop.test/cmp", "kq3v9xw2");
        let codes: Vec<_> = all.iter().flat_map(|recipe| &recipe.codes).collect();
        assert!(codes.iter().all(|code| !code.contains(BASE) && !code.contains(SITE)));
        let tag = "https://consent.shop.test/cmp/b/kq3v9xw2.js";
        assert_eq!(codes.iter().filter(|code| code.contains(tag)).count(), 4);
    }
}
