//! Colours as WCAG sees them: relative luminance and contrast.

/// An opaque colour of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Reads `#1b1f2a` or `#123`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        // The reader of numbers would take a sign too.
        let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| hex)?;
        let [_, r, g, b] = value.to_be_bytes();
        match digits.len() {
            6 => Some(Self([r, g, b])),
            3 => Some(Self([(g & 15) * 17, (b >> 4) * 17, (b & 15) * 17])),
            _ => None,
        }
    }

    /// Relative luminance, 0 to 1 (WCAG 2.2, definitions).
    fn luminance(self) -> f64 {
        let linear = |part: u8| match f64::from(part) / 255.0 {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast of two colours, 1 to 21, whichever is in front.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_what_others_compute() {
        let contrast = |a: &str, b: &str| {
            let both = Colour::parse(a).zip(Colour::parse(b)).unwrap();
            (both.0.contrast(both.1) * 100.0).floor() / 100.0
        };
        assert_eq!(contrast("#000", "#ffffff"), 21.0);
        assert_eq!(contrast("#777", "#fff"), 4.47, "the grey that just fails");
        assert_eq!(contrast("#767676", "#fff"), 4.54, "the grey that just does not");
        assert_eq!(contrast("#2447D8", "#2447d8"), 1.0);
        assert_eq!(contrast("#abc", "#aabbcc"), 1.0);
    }

    #[test]
    fn only_plain_colours_are_colours() {
        for text in ["", "red", "#12", "#1234", "#12345g", "#+12345", "123456", "#12345678"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }
}
