//! How much may happen in one search: few of everything, in every order.

/// How long a mark counts, and how long no standby is promoted after a commit that it confirmed, in
/// ticks. Two: a mark may be neither new nor over.
pub const TERM: u8 = 2;

/// What may happen, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The visitor withdraws.
    pub withdrawal: bool,
    /// A grant that knows only version 1 may be sent: another tab's, or the CRM's.
    pub stale_grant: bool,
    /// After its withdrawal was acknowledged, the visitor may say yes again.
    pub regrant: bool,
    /// The key that asks may be revoked.
    pub revocation: bool,
    /// Something else of the site may change before, which raises the epoch too.
    pub change: bool,
    /// How often a body may be sent: a client repeats what was not answered.
    pub attempts: u8,
    /// The server that is asked, and leaves marks. Questions change nothing but the memory of the
    /// server that has them, so those of two servers need not be mixed; writes go to both.
    pub asked: usize,
    /// Marks it may write after its first.
    pub marks: u8,
    /// Servers that may be killed and started again.
    pub server_crashes: u8,
    /// How often the first primary may be killed; it may start again each time.
    pub primary_crashes: u8,
    /// The first primary and server 0 may be cut off from the standby and server 1.
    pub partition: bool,
    /// The standby may be promoted.
    pub promotion: bool,
}

impl Bounds {
    /// Nothing but one withdrawal and questions.
    pub const CALM: Self = Self {
        withdrawal: true,
        stale_grant: false,
        regrant: false,
        revocation: false,
        change: false,
        attempts: 1,
        asked: 0,
        marks: 0,
        server_crashes: 0,
        primary_crashes: 0,
        partition: false,
        promotion: false,
    };
}
