//! What a notice ought to say (GDPR art. 13) and does not. A finding does not stop publishing
//! unless the operator asks for that.

use crate::look::palette;
use crate::notice::{Finding, LegalBasis, Notice};

/// Countries of the European Economic Area, and those with an adequacy decision of the Commission
/// (art. 45) that covers all transfers; others need a safeguard (art. 46).
const NO_SAFEGUARD_NEEDED: &str = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL \
    PT RO SK SI ES SE IS LI NO AD AR FO GB GG IL IM JE JP KR NZ CH UY";

/// The texts art. 13 asks for that no other field holds: name in `texts`, what it must say.
const TEXTS: [(&str, &str); 4] = [
    (
        "rights",
        "the rights of access, rectification, erasure, restriction, portability, objection (art. 13(2)(b))",
    ),
    ("withdrawal", "that consent can be withdrawn at any time (art. 13(2)(c))"),
    ("complaint", "the right to complain to an authority (art. 13(2)(d))"),
    ("automated_decisions", "whether decisions are automated (art. 13(2)(f))"),
];

/// Every piece of art. 13 that is missing, with its place.
pub fn findings(notice: &Notice) -> Vec<Finding> {
    let mut found = Vec::new();
    let controller = &notice.controller;
    if controller.contact.trim().is_empty() {
        found.push(Finding::new("/controller/contact", "say how to reach you (art. 13(1)(a))"));
    }
    if controller.dpo.is_none() {
        found.push(Finding::new(
            "/controller/dpo",
            "give the data protection officer's contact where you have one (art. 13(1)(b))",
        ));
    }
    purposes(notice, &mut found);
    vendors(notice, &mut found);
    for (at, theme) in [("/theme", &notice.theme), ("/look/dark", &notice.look.dark)] {
        let why = "is nothing the banner is drawn with (docs/WIDGET.md, Look)";
        let unknown = palette::unknown(theme);
        found.extend(unknown.map(|name| Finding::new(format!("{at}/{name}"), why)));
    }
    for (name, what) in TEXTS {
        for language in &notice.languages {
            let text = notice.texts.get(language).and_then(|texts| texts.get(name));
            if text.is_none_or(|text| text.trim().is_empty()) {
                let at = format!("/texts/{language}/{name}");
                found.push(Finding::new(at, format!("say {what}")));
            }
        }
    }
    found
}

fn purposes(notice: &Notice, found: &mut Vec<Finding>) {
    for (i, purpose) in notice.purposes.iter().enumerate() {
        let at = |field: &str| format!("/purposes/{i}/{field}");
        for language in &notice.languages {
            let has = |text: &crate::notice::Localized| {
                [language.as_str(), "*"]
                    .iter()
                    .any(|l| text.0.get(*l).is_some_and(|t| !t.is_empty()))
            };
            for (field, text) in [("title", &purpose.title), ("description", &purpose.description)]
            {
                if !has(text) {
                    let why = format!("is missing in `{language}` (art. 12(1), 13(1)(c))");
                    found.push(Finding::new(at(field), why));
                }
            }
        }
        if purpose.data_categories.is_empty() {
            found.push(Finding::new(at("data_categories"), "name the kinds of data used"));
        }
        if purpose.retention.0.is_empty() {
            found.push(Finding::new(at("retention"), "say how long data is kept (art. 13(2)(a))"));
        }
        if !purpose.required && purpose.legal_basis != LegalBasis::Consent {
            let why = "rests on something else than consent: visitors are asked all the same; \
                       explain the interest or obligation (art. 13(1)(d))";
            found.push(Finding::new(at("legal_basis"), why));
        }
    }
}

fn vendors(notice: &Notice, found: &mut Vec<Finding>) {
    for (i, vendor) in notice.vendors.iter().enumerate() {
        match vendor.country.as_deref() {
            None => {
                let why = "say where the vendor processes data (art. 13(1)(e), (f))";
                found.push(Finding::new(format!("/vendors/{i}/country"), why));
            }
            Some(country)
                if vendor.safeguard.is_none()
                    && !NO_SAFEGUARD_NEEDED.split_whitespace().any(|c| c == country) =>
            {
                let why = format!("name what protects the transfer to {country} (art. 13(1)(f))");
                found.push(Finding::new(format!("/vendors/{i}/safeguard"), why));
            }
            Some(_) => {}
        }
        if vendor.policy_url.is_none() {
            let why = "link the vendor's privacy policy";
            found.push(Finding::new(format!("/vendors/{i}/policy_url"), why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;

    #[test]
    fn each_missing_piece_is_found_with_its_place() {
        let mut notice = notice();
        notice.vendors[0].country = Some("US".into());
        let found: Vec<String> = findings(&notice).into_iter().map(|f| f.pointer).collect();
        for pointer in [
            "#/controller/dpo",
            "#/purposes/1/description",
            "#/purposes/1/retention",
            "#/purposes/2/data_categories",
            "#/vendors/0/safeguard",
            "#/vendors/1/country",
            "#/texts/fr/complaint",
        ] {
            assert!(found.iter().any(|p| p == pointer), "{pointer} in {found:?}");
        }
        notice.vendors[0].safeguard = Some("standard contractual clauses".into());
        assert!(!findings(&notice).iter().any(|f| f.pointer == "#/vendors/0/safeguard"));
    }
}
