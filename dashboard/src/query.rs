//! Query strings as ordered pairs, so that filters and periods live in the address and every link
//! on a page can keep, change or drop one of them. Values are percent-encoded on the way out.

/// The pairs of a query string, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=2`; a leading `?` is allowed. Empty values count as absent.
    pub fn parse(text: &str) -> Query {
        let text = text.strip_prefix('?').unwrap_or(text);
        Query(
            form_urlencoded::parse(text.as_bytes())
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The same query with one key set to one value.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Query {
        let mut next = self.without(key);
        next.0.push((key.to_owned(), value.to_owned()));
        next
    }

    /// The same query without a key.
    #[must_use]
    pub fn without(&self, key: &str) -> Query {
        Query(self.0.iter().filter(|(name, _)| name != key).cloned().collect())
    }

    /// The same query with only these keys.
    #[must_use]
    pub fn only(&self, keys: &[&str]) -> Query {
        Query(self.0.iter().filter(|(name, _)| keys.contains(&name.as_str())).cloned().collect())
    }

    /// The pairs, for hidden form fields.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// `path?a=1&b=2`, or the path alone where nothing is left.
    pub fn on(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("{path}?{pairs}")
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn a_link_keeps_the_rest_of_the_address() {
        let query = Query::parse("?period=7d&country=FR&x=");
        assert_eq!(
            query.with("device", "a b&c").on("/p"),
            "/p?period=7d&country=FR&device=a+b%26c"
        );
        assert_eq!(query.without("country").on("/p"), "/p?period=7d");
        assert_eq!(query.with("period", "today").get("period"), Some("today"));
        assert_eq!(Query::parse("").on("/p"), "/p");
    }
}
