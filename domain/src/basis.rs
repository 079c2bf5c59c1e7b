//! What a purpose stands on inside a notice, and when an older consent still covers it. A new
//! text, language or colour changes no basis and supersedes nothing.

use crate::canonical::{base64url, canonical, sha256};
use crate::ids::NoticeHash;
use crate::key::Key;
use crate::notice::{LegalBasis, Notice, Purpose};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where a vendor processes data, and what protects the transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    country: Option<String>,
    safeguard: Option<String>,
}

/// Legal basis, data categories, vendors and their transfers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Basis {
    legal_basis: LegalBasis,
    data_categories: BTreeSet<String>,
    vendors: BTreeMap<Key, Transfer>,
}

impl Basis {
    /// The basis of `purpose` in `notice`.
    pub fn of(notice: &Notice, purpose: &Purpose) -> Self {
        let transfer = |country: &Option<String>, safeguard: &Option<String>| Transfer {
            country: country.clone(),
            safeguard: safeguard.clone(),
        };
        let own = notice.vendors.iter().filter(|vendor| vendor.purposes.contains(&purpose.key));
        Self {
            legal_basis: purpose.legal_basis,
            data_categories: purpose.data_categories.clone(),
            vendors: own.map(|v| (v.key.clone(), transfer(&v.country, &v.safeguard))).collect(),
        }
    }

    /// 22 characters of base64url: the first 16 bytes of SHA-256 over the basis' RFC 8785 JSON.
    pub fn hash(&self) -> String {
        // Strings, lists and maps with text keys always have a canonical form.
        base64url(&sha256(&canonical(self).unwrap_or_default())[..16])
    }

    /// Whether a consent given on `self` still holds for `current`: nothing was added since.
    pub fn covers(&self, current: &Self) -> bool {
        self.legal_basis == current.legal_basis
            && current.data_categories.is_subset(&self.data_categories)
            && current.vendors.iter().all(|(key, t)| self.vendors.get(key) == Some(t))
    }
}

/// A notice as decisions need it: what may be asked, and what each purpose stands on.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The notice's id.
    pub notice: NoticeHash,
    /// Days a choice is kept.
    pub expires_after_days: u32,
    purposes: BTreeMap<Key, Term>,
    vendors: BTreeMap<Key, BTreeSet<Key>>,
}

#[derive(Clone, Debug)]
struct Term {
    required: bool,
    legal_basis: LegalBasis,
    basis: Basis,
}

impl Terms {
    /// Reads the terms out of a notice with this id.
    pub fn of(id: NoticeHash, notice: &Notice) -> Self {
        let term = |(purpose, basis): (&Purpose, Basis)| {
            let required = purpose.required;
            (purpose.key.clone(), Term { required, legal_basis: purpose.legal_basis, basis })
        };
        Self {
            notice: id,
            expires_after_days: notice.expires_after_days,
            purposes: notice.bases().into_iter().map(term).collect(),
            vendors: notice
                .vendors
                .iter()
                .map(|vendor| (vendor.key.clone(), vendor.purposes.clone()))
                .collect(),
        }
    }

    /// Whether the notice has the purpose.
    pub fn has(&self, purpose: &Key) -> bool {
        self.purposes.contains_key(purpose)
    }

    /// Whether the purpose runs without asking.
    pub fn required(&self, purpose: &Key) -> bool {
        self.purposes.get(purpose).is_some_and(|term| term.required)
    }

    /// What makes the purpose lawful.
    pub fn legal_basis(&self, purpose: &Key) -> Option<LegalBasis> {
        self.purposes.get(purpose).map(|term| term.legal_basis)
    }

    /// The purposes that leave a choice.
    pub fn optional(&self) -> impl Iterator<Item = &Key> {
        self.purposes.iter().filter(|(_, term)| !term.required).map(|(key, _)| key)
    }

    /// Whether the notice discloses this vendor at all.
    pub fn has_vendor(&self, vendor: &Key) -> bool {
        self.vendors.contains_key(vendor)
    }

    /// Whether the vendor is disclosed under the purpose.
    pub fn discloses(&self, vendor: &Key, purpose: &Key) -> bool {
        self.vendors.get(vendor).is_some_and(|purposes| purposes.contains(purpose))
    }

    /// Whether a consent for `purpose` given under `self` holds under `current`. A purpose that
    /// `current` no longer has is covered: there is nothing left to use it for.
    pub fn covers(&self, current: &Self, purpose: &Key) -> bool {
        match (self.purposes.get(purpose), current.purposes.get(purpose)) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(then), Some(now)) => then.basis.covers(&now.basis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;

    fn terms(notice: &Notice) -> Terms {
        Terms::of(notice.seal().unwrap().0, notice)
    }

    #[test]
    fn consent_holds_until_something_is_added() {
        let then = notice();
        let analytics = Key::parse("analytics").unwrap();
        let check = |change: fn(&mut Notice), holds: bool, what: &str| {
            let mut now = then.clone();
            change(&mut now);
            assert_eq!(terms(&then).covers(&terms(&now), &analytics), holds, "{what}");
        };
        check(|n| n.languages.push("de".into()), true, "a language");
        check(|n| n.purposes[1].title.0.clear(), true, "a text");
        check(|n| n.vendors.clear(), true, "a vendor less");
        check(|n| n.purposes[1].data_categories.clear(), true, "a data category less");
        check(|n| n.vendors[0].country = Some("US".into()), false, "another country");
        check(
            |n| n.purposes[1].legal_basis = LegalBasis::LegitimateInterest,
            false,
            "another basis",
        );
        check(
            |n| n.purposes[1].data_categories.extend(["location".into()]),
            false,
            "a data category more",
        );
        check(
            |n| n.vendors[1].purposes.extend([n.purposes[1].key.clone()]),
            false,
            "a vendor more",
        );
    }

    #[test]
    fn the_hash_names_what_it_stands_on() {
        let one = notice();
        let [_, (_, basis), (_, other)] = &one.bases()[..] else { panic!("three purposes") };
        assert_eq!(basis.hash().len(), 22);
        assert_ne!(basis.hash(), other.hash());
    }
}
