//! Samples of the pages behind the sign-in, the overview excepted.

use ouinon_domain::decision::Reason;

use super::super::{
    Answer, Asked, Check, CheckForm, Choice, Colour, Evidence, Install, KeyForm, KeyRow, Keys,
    Leaf, Login, LoginError, LookChoice, LookForm, NewKey, NoticeRef, NoticeRow, Notices, Personal,
    Recipe, Record, RecordRow, Records, RecordsForm, Said, SiteRow, Sites, UserRow, Users,
};
use super::{Gallery, HOSTILE, LONG, ago, hash, site};
use crate::rate::Rate;
use crate::{Facts, Lang, Role, explain};

const VISITOR: &str = "q1Yw8mHn2cVtB0sLr7EaXg";

pub(super) fn add(gallery: &mut Gallery<'_>) {
    login(gallery);
    sites(gallery);
    check(gallery);
    records(gallery);
    record(gallery);
    settings(gallery);
}

fn login(gallery: &mut Gallery<'_>) {
    gallery.add("/dashboard/login", "first", false, &Login::default());
    let again = |email: &str, code_needed, error| Login {
        email: email.to_owned(),
        next: "/dashboard/sites/a".to_owned(),
        code_needed,
        error: Some(error),
    };
    let wrong = again("marie@example.org", false, LoginError::Credentials);
    gallery.add("/dashboard/login", "wrong", false, &wrong);
    gallery.add("/dashboard/login", "code", false, &again(HOSTILE, true, LoginError::Code));
    gallery.add("/dashboard/login", "many", false, &again(LONG, false, LoginError::TooMany));
    gallery.add("/dashboard/login", "old", false, &again("", false, LoginError::Expired));
}

fn sites(gallery: &mut Gallery<'_>) {
    let row = |name: &str, rate, last| SiteRow {
        id: "kq3v9xw2".to_owned(),
        name: name.to_owned(),
        origins: vec!["https://shop.example".to_owned(), "https://*.shop.example".to_owned()],
        enabled: name != LONG,
        rate,
        last_choice: last,
    };
    let items = vec![
        row("Atelier Lumière", Rate::of(8123, 12_840), Some(ago(1))),
        row("Blog", Rate::of(0, 0), None),
        row(HOSTILE, Rate::of(1, 2), Some(ago(50))),
        row(LONG, Rate::of(9, 10), Some(ago(500))),
    ];
    let page = |search: &str, items| Sites { search: search.to_owned(), items, more: true };
    gallery.add("/dashboard", "typical", true, &page("", items));
    gallery.add("/dashboard", "empty", true, &page("", Vec::new()));
    gallery.add("/dashboard", "none-found", true, &page(HOSTILE, Vec::new()));
}

fn check(gallery: &mut Gallery<'_>) {
    let option = |value: &str, label: &str| Choice { value: value.into(), label: label.into() };
    let page = |answer, form, errors| Check {
        site: site("Atelier Lumière"),
        purposes: vec![option("analytics", "Mesure d’audience"), option("retargeting", HOSTILE)],
        vendors: vec![option("criteo", "Criteo"), option("x", LONG)],
        form,
        errors,
        answer,
    };
    let path = "/dashboard/sites/kq3v9xw2/check";
    gallery.add(path, "first", true, &page(None, CheckForm::default(), Default::default()));
    let form = CheckForm {
        visitor: HOSTILE.to_owned(),
        purpose: "nothing".to_owned(),
        at: "3026-01-01T00:00".to_owned(),
        ..CheckForm::default()
    };
    let errors = [("visitor", "visitor"), ("purpose", "purpose"), ("at", "at")].into();
    gallery.add(path, "wrong", true, &page(None, form, errors));
    for reason in Reason::ALL.iter().map(|reason| reason.as_str()) {
        let form = CheckForm {
            visitor: VISITOR.into(),
            purpose: "retargeting".into(),
            ..CheckForm::default()
        };
        let answer = Some(answer(reason, gallery.lang));
        gallery.add(path, &reason.to_lowercase(), true, &page(answer, form, Default::default()));
    }
}

fn answer(reason: &str, lang: Lang) -> Answer {
    let known = !["NO_RECORD", "ERASED", "LEGAL_BASIS", "SITE_DISABLED"].contains(&reason);
    let facts = Facts {
        purpose: "retargeting",
        purpose_title: None,
        vendor: (reason == "VENDOR_DENIED").then_some("Criteo"),
        given_at: known.then(|| ago(24 * 30)),
        expires_at: known.then(|| ago(-24 * 150)),
        as_of: ago(0),
    };
    let asked = |key: Option<&str>, allowed, reason: &str| Asked {
        at: ago(30),
        key: key.map(str::to_owned),
        purpose: if allowed { "Mesure d’audience".to_owned() } else { HOSTILE.to_owned() },
        vendor: key.map(|_| HOSTILE.to_owned()),
        allowed,
        reason: reason.to_owned(),
    };
    let evidence = Evidence {
        record: "0197a2c4-5b1e-7d3f-9c6a-2f8e4b7d1a05".to_owned(),
        version: 3,
        action: "accept_all".to_owned(),
        given_at: ago(24 * 30),
        expires_at: Some(ago(-24 * 150)),
        notice: hash('a'),
        language: Some("fr".to_owned()),
        log_index: (reason == "GRANTED").then_some(12_345),
    };
    Answer {
        allowed: ["LEGAL_BASIS", "GRANTED", "NOT_OPTED_OUT"].contains(&reason),
        reason: reason.to_owned(),
        sentence: explain(reason, lang, &facts),
        as_of: ago(0),
        recheck_after: known.then(|| ago(-24)),
        legal_basis: Some("consent".to_owned()),
        regime: Some("opt-in".to_owned()),
        law: Some(if reason == "GRANTED" { "GDPR".to_owned() } else { HOSTILE.to_owned() }),
        country: Some("FR".to_owned()),
        region: Some("FR-IDF".to_owned()),
        place_source: Some("record".to_owned()),
        evidence: known.then_some(evidence),
        asked: match known {
            true => vec![asked(Some("7f3a9c01be"), true, "GRANTED"), asked(None, false, HOSTILE)],
            false => Vec::new(),
        },
        json: format!(
            "{{\n  \"allowed\": true,\n  \"reason\": \"{reason}\",\n  \"law\": {HOSTILE:?}\n}}"
        ),
    }
}

fn said(answers: [bool; 4]) -> Vec<Said> {
    let keys = ["functional", "analytics", "advertising", "retargeting"];
    let titles = ["Confort", "Mesure d’audience", "Publicité", "Reciblage publicitaire"];
    keys.into_iter()
        .zip(titles)
        .zip(answers)
        .map(|((key, title), granted)| Said { key: key.into(), title: title.into(), granted })
        .collect()
}

fn records(gallery: &mut Gallery<'_>) {
    let row = |hours, action: &str, answers, country: Option<&str>| RecordRow {
        id: format!("0197a2c4-5b1e-7d3f-9c6a-{hours:012}"),
        given_at: ago(hours),
        visitor: country.map(|_| VISITOR.to_owned()),
        action: action.to_owned(),
        method: if action == "withdraw" { "preferences" } else { "banner" }.to_owned(),
        choices: said(answers),
        country: country.map(str::to_owned),
        version: 1,
    };
    let items = vec![
        row(0, "accept_all", [true; 4], Some("FR")),
        row(1, "reject_all", [false; 4], Some("DE")),
        row(2, "save", [true, true, false, false], Some("CA")),
        row(30, "withdraw", [false; 4], None),
    ];
    let page = |items, filtered| Records {
        site: site("Atelier Lumière"),
        form: RecordsForm {
            visitor: if filtered { HOSTILE.to_owned() } else { String::new() },
            ..RecordsForm::default()
        },
        filtered,
        purposes: vec![Choice { value: "analytics".into(), label: LONG.into() }],
        items,
        next_href: Some("/dashboard/sites/kq3v9xw2/records?after=x".to_owned()),
        first_href: filtered.then(|| "/dashboard/sites/kq3v9xw2/records".to_owned()),
        export_href: "/dashboard/sites/kq3v9xw2/records.csv".to_owned(),
    };
    let path = "/dashboard/sites/kq3v9xw2/records";
    gallery.add(path, "typical", true, &page(items, false));
    gallery.add(path, "empty", true, &page(Vec::new(), false));
    gallery.add(path, "none-found", true, &page(Vec::new(), true));
}

fn record(gallery: &mut Gallery<'_>) {
    let page = |page: &str, erased: bool| Record {
        site: site("Atelier Lumière"),
        id: "0197a2c4-5b1e-7d3f-9c6a-2f8e4b7d1a05".to_owned(),
        visitor: (!erased).then(|| VISITOR.to_owned()),
        version: 2,
        base_version: 1,
        latest: !erased,
        action: if erased { "reject_all" } else { "save" }.to_owned(),
        method: "banner".to_owned(),
        given_at: ago(3),
        expires_at: ago(-24 * 180),
        choices: said([true, true, false, false]),
        vendors: vec![Said { key: "x".into(), title: page.to_owned(), granted: false }],
        notice: NoticeRef { hash: hash('b'), published_at: (!erased).then(|| ago(700)) },
        regime: Some("opt-in".to_owned()),
        law: Some("GDPR".to_owned()),
        gpc: !erased,
        assurance: if erased { "unknown" } else { "gesture" }.to_owned(),
        personal: (!erased).then(|| Personal {
            country: Some("FR".to_owned()),
            region: None,
            language: Some("fr".to_owned()),
            page: Some(page.to_owned()),
            device: Some("mobile".to_owned()),
        }),
        receipt: Some("eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.".repeat(9)),
        leaf: Leaf { hash: "0f".repeat(32), index: (!erased).then_some(42_017) },
        json: format!("{{\n  \"page\": {page:?}\n}}"),
    };
    let path = "/dashboard/sites/kq3v9xw2/records/x";
    gallery.add(path, "typical", true, &page("https://shop.example/lampes", false));
    gallery.add(path, "hostile", true, &page(HOSTILE, false));
    gallery.add(path, "erased", true, &page(LONG, true));
}

fn settings(gallery: &mut Gallery<'_>) {
    let notice = |digit, hours, current| NoticeRow {
        hash: hash(digit),
        published_at: ago(hours),
        current,
        languages: vec!["fr".into(), "en".into(), "pt-BR".into(), HOSTILE.into()],
        purposes: 5,
        vendors: 12,
        findings: if current { 0 } else { 3 },
    };
    for (name, items) in
        [("typical", vec![notice('a', 20, true), notice('b', 900, false)]), ("empty", Vec::new())]
    {
        let look = (!items.is_empty()).then(look);
        let page = Notices { site: site("Atelier Lumière"), items, look };
        gallery.add("/dashboard/sites/kq3v9xw2/notices", name, true, &page);
    }
    for (name, used) in [("working", true), ("silent", false)] {
        let page = Install {
            site: site(if used { "Atelier Lumière" } else { LONG }),
            origins: vec!["https://shop.example".to_owned(), HOSTILE.to_owned()],
            snippet: "<script>window.ouinon=window.ouinon||[]</script>\n<script async \
                      src=\"https://cmp.example/b/kq3v9xw2.js\"></script>".to_owned(),
            tag: "<script async src=\"https://cmp.example/b/kq3v9xw2.js\"></script>".to_owned(),
            csp: "script-src https://cmp.example 'wasm-unsafe-eval'; connect-src https://cmp.example".to_owned(),
            preferences_link: "<a href=\"https://cmp.example/preferences/kq3v9xw2\" data-ouinon=\"open\">Cookies</a>".to_owned(),
            gated_example: "<script type=\"text/plain\" data-purpose=\"analytics\" data-vendor=\"matomo\" src=\"…\"></script>".to_owned(),
            recipes: vec![
                Recipe { key: "gtm", codes: Vec::new() },
                Recipe { key: "react", codes: vec![HOSTILE.to_owned(), "<script async />".to_owned()] },
            ],
            last_shown: used.then(|| ago(0)),
            last_choice: used.then(|| ago(1)),
        };
        gallery.add("/dashboard/sites/kq3v9xw2/install", name, true, &page);
    }
    keys(gallery);
    let user = |email: &str, role| UserRow {
        email: email.to_owned(),
        role,
        active: role == Role::Admin,
        created_at: ago(2000),
    };
    let users = vec![user("marie@example.org", Role::Admin), user(HOSTILE, Role::Viewer)];
    gallery.add("/dashboard/users", "typical", true, &Users { items: users });
    gallery.add("/dashboard/users", "empty", true, &Users { items: Vec::new() });
}

fn keys(gallery: &mut Gallery<'_>) {
    let key = |id: &str, revoked| KeyRow {
        id: id.to_owned(),
        scopes: vec!["decisions:read".to_owned(), "stats:read".to_owned()],
        networks: vec!["10.0.0.0/8".to_owned(), HOSTILE.to_owned()],
        created_at: ago(300),
        expires_at: Some(ago(-5000)),
        expired: id == HOSTILE,
        revoked_at: revoked,
    };
    let page = |items, created| Keys {
        site: site("Atelier Lumière"),
        items,
        scopes: vec!["decisions:read".to_owned(), "consents:read".to_owned(), HOSTILE.to_owned()],
        may_edit: true,
        created,
        form: KeyForm {
            expires: HOSTILE.to_owned(),
            networks: HOSTILE.to_owned(),
            scopes: vec!["consents:read".to_owned()],
        },
        errors: [("scopes", "scopes"), ("expires", "expires"), ("networks", "networks")].into(),
    };
    let items = vec![key("7f3a9c01be", None), key("0011223344", Some(ago(2))), key(HOSTILE, None)];
    let created = NewKey {
        id: "k2".to_owned(),
        key: "ouk_7Hq2mYt0".repeat(5),
        replaced_until: Some(ago(-24)),
    };
    let path = "/dashboard/sites/kq3v9xw2/keys";
    gallery.add(
        path,
        "typical",
        true,
        &Keys { errors: Default::default(), ..page(items, Some(created)) },
    );
    gallery.add(path, "empty", true, &page(Vec::new(), None));
    gallery.add(
        path,
        "read-only",
        true,
        &Keys { may_edit: false, ..page(vec![key("x", None)], None) },
    );
}

fn look() -> LookForm {
    LookForm {
        languages: vec!["fr".to_owned(), "en".to_owned()],
        partners: 7,
        colours: vec![Colour {
            name: "button".to_owned(),
            light: "#2447d8".to_owned(),
            usual_light: "#1b1f2a".to_owned(),
            dark: HOSTILE.to_owned(),
            usual_dark: "#eceae4".to_owned(),
        }],
        font: String::new(),
        radius: "4px".to_owned(),
        choices: vec![LookChoice {
            name: "layout",
            value: "bar".to_owned(),
            values: &["box", "bar"],
        }],
        lock: true,
        short: "{}".into(),
    }
}
